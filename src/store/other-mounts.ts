import { existsSync } from 'node:fs';
// No system call is needed to look for mount namespaces: nothing is loaded for a command that only names a lab.
import {
  isOnlyProcessInMounts,
  isUpInInitMounts,
  OtherMountNamespaces,
  propagatesToInit,
  unmountedFolders,
  type LabMountNamespace,
  RUN_DIRECTORY,
} from '../netns/index.ts';
import type { LabMounts } from '../netns/index.ts';
import type { Operation } from '../plan/index.ts';
import { OtherMountNamespaceError, NotFoundError, upInOtherMounts } from './error.ts';

/** A lab that is up in another mount namespace. */
export interface LabInOtherMounts extends LabMountNamespace {
  readonly lab: string;
}

/** Labs that are up in another mount namespace, and whose names are taken here. Looks at no process where none seems to be. */
export const labsInOtherMounts = (others = new OtherMountNamespaces()): LabInOtherMounts[] =>
  unmountedFolders().flatMap((lab) => {
    const found = others.find(lab);
    return found === undefined ? [] : [{ lab, ...found }];
  });

/**
 * Refuses to touch a lab that is up in another mount namespace alone.
 * @param looksStale whether something of the lab is on the host, though it is not up here
 * @throws OtherMountNamespaceError
 */
export function refuseInOtherMounts(labMounts: LabMounts, looksStale: boolean): void {
  const { lab } = labMounts;
  if (labMounts.mounted || !(looksStale || existsSync(labMounts.root))) return;
  const found = new OtherMountNamespaces().find(lab);
  if (found !== undefined) throw upInOtherMounts(lab, found);
}

/**
 * Refuses to make namespaces of a lab that is up in the machine's own mount namespace where that does not hear of it: they
 * would be there for this process's alone.
 * @throws OtherMountNamespaceError
 */
export function refuseUnpropagated({ lab, mounted }: LabMounts, operations: readonly Operation[]): void {
  if (
    !mounted ||
    !operations.some(({ op }) => op === 'create-namespace') ||
    propagatesToInit() ||
    !isUpInInitMounts(lab)
  )
    return;
  throw new OtherMountNamespaceError(
    `lab "${lab}" is up in the machine's mount namespace, which does not see mounts of this one; run this there: \`${IN_MACHINE}\``,
  );
}

/** Why there is no lab of a name: nobody has brought it up, or it was brought up in another mount namespace. */
export function notUp(lab: string, hint = '', advice = 'see `netwright ls`'): OtherMountNamespaceError | NotFoundError {
  const found = existsSync(`${RUN_DIRECTORY}/${lab}`) ? new OtherMountNamespaces().find(lab) : undefined;
  if (found !== undefined) return upInOtherMounts(lab, found);
  return new NotFoundError(`there is no lab "${lab}" that is up${hint}; ${advice}`);
}

/** What brings a lab up for the whole machine. */
const IN_MACHINE = 'nsenter -t 1 -m netwright up';

/** What to say of a lab that is brought up where the machine's own mount namespace does not see it. */
export const privateMountsWarning = (lab: string): string[] =>
  propagatesToInit()
    ? []
    : [
        `lab "${lab}" is up only in this mount namespace: other processes do not see it, and it ends with the last program here; \`${IN_MACHINE}\` brings it up for the whole machine`,
      ];

/**
 * Refuses to bring a lab up that would end with this process, which is about to end: `ip netns exec NAME netwright up`.
 * @throws OtherMountNamespaceError
 */
export function requirePersistentMounts(): void {
  if (propagatesToInit() || !isOnlyProcessInMounts()) return;
  throw new OtherMountNamespaceError(
    `the lab would end with this command, the only process in its mount namespace (\`ip netns exec\` and \`netwright exec\` create one): use \`${IN_MACHINE}\` with the absolute path of the file, a shell there, or --attach`,
  );
}
