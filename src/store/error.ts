import { NetwrightError } from '../base/index.ts';
import type { LabMountNamespace } from '../netns/index.ts';

/** A lab, node, service or published port does not exist. */
export class NotFoundError extends NetwrightError {
  readonly code = 'ERR_NOT_FOUND';
}

/** The lab is up in another mount namespace than that of this process: it cannot be used or changed from here. */
export class OtherMountNamespaceError extends NetwrightError {
  readonly code = 'ERR_OTHER_MOUNT_NAMESPACE';
}

export const upInOtherMountsError = (lab: string, where: LabMountNamespace): OtherMountNamespaceError =>
  new OtherMountNamespaceError(`lab "${lab}" is ${otherMountsText(where)}`);

/** `up in another mount namespace …`, and the command that enters it. */
export const otherMountsText = ({ mounts, pid, program }: LabMountNamespace): string =>
  `up in another mount namespace (${mounts}), that of process ${pid} (${program}), and was not changed; use \`nsenter -t ${pid} -m netwright …\``;

/** A stored file of a lab under /run/netwright is corrupt. Other labs are not affected. */
export class UnreadableError extends NetwrightError {
  readonly code = 'ERR_UNREADABLE';

  constructor(lab: string, file: string, reason: string, cause: unknown) {
    super(`lab "${lab}" is unreadable: ${file}: ${reason}; \`netwright down ${lab}\` removes the lab`, { cause });
  }
}

/** The error for a table of Netwright that cannot be read back, since it was changed by hand. */
export const changedByHandError = (table: string, namespace: string): NotFoundError =>
  new NotFoundError(`the table inet ${table} of ${namespace} was changed by hand; \`netwright up\` restores it`);
