import { NetwrightError } from '../base/index.ts';
import type { LabMountNamespace } from '../netns/index.ts';

/** A lab or node that does not exist. */
export class NotFoundError extends NetwrightError {
  readonly code = 'ERR_NOT_FOUND';
}

/** A lab that is up in another mount namespace than this process's: from here it can neither be used nor changed. */
export class OtherMountNamespaceError extends NetwrightError {
  readonly code = 'ERR_OTHER_MOUNT_NAMESPACE';
}

export const upInOtherMounts = (lab: string, where: LabMountNamespace): OtherMountNamespaceError =>
  new OtherMountNamespaceError(`lab "${lab}" is ${otherMountsText(where)}`);

/** `up in another mount namespace …`, and how to get there. */
export const otherMountsText = ({ mounts, pid, program }: LabMountNamespace): string =>
  `up in another mount namespace (${mounts}), that of process ${pid} (${program}), and was not changed; use \`nsenter -t ${pid} -m netwright …\``;

/** A lab of which a file under /run/netwright is not what was written there. Other labs are not concerned. */
export class UnreadableError extends NetwrightError {
  readonly code = 'ERR_UNREADABLE';

  constructor(lab: string, file: string, reason: string, cause: unknown) {
    super(`lab "${lab}" is unreadable: ${file}: ${reason}; \`netwright down ${lab}\` removes the lab`, { cause });
  }
}

/** A table of Netwright's that says no longer what it was made from. */
export const changedByHand = (table: string, namespace: string): NotFoundError =>
  new NotFoundError(`the table inet ${table} of ${namespace} was changed by hand; \`netwright up\` restores it`);
