import { existsSync } from 'node:fs';
// Mount namespaces are found in /proc, without FFI: a command that only reads names need not load koffi.
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
import { OtherMountNamespaceError, NotFoundError, upInOtherMountsError } from './error.ts';

/** A lab that is up in another mount namespace. */
export interface LabInOtherMounts extends LabMountNamespace {
  readonly lab: string;
}

/**
 * Labs that are up in another mount namespace, and that have a folder in this one. Reads /proc only if there is a
 * folder on which nothing is mounted.
 */
export const labsInOtherMounts = (others = new OtherMountNamespaces()): LabInOtherMounts[] =>
  unmountedFolders().flatMap((lab) => {
    const found = others.find(lab);
    return found === undefined ? [] : [{ lab, ...found }];
  });

/**
 * Looks into other mount namespaces only if there is something of a lab that is not up here.
 * @param isOnHost true if the host has links or tables of the lab
 * @throws OtherMountNamespaceError if the lab is up only in another mount namespace
 */
export function refuseInOtherMounts(labMounts: LabMounts, isOnHost: boolean): void {
  const { lab, root } = labMounts;
  if (labMounts.mounted) return;
  if (!isOnHost && !existsSync(root) && labMounts.names().length === 0 && labMounts.etcNames().length === 0) return;
  const found = new OtherMountNamespaces().find(lab);
  if (found !== undefined) throw upInOtherMountsError(lab, found);
}

/**
 * Refuses to create namespaces of a lab that is up in the mount namespace of process 1, if mounts of this mount
 * namespace do not propagate to that one: only this mount namespace would have them.
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
    `lab "${lab}" is up in the machine's mount namespace, which does not see mounts of this one; run this there: \`${UP_IN_INIT}\``,
  );
}

/** The error for a lab that is not up here: it is up nowhere, or in another mount namespace. */
export function notUpError(
  lab: string,
  hint = '',
  advice = 'see `netwright ls`',
): OtherMountNamespaceError | NotFoundError {
  const found = existsSync(`${RUN_DIRECTORY}/${lab}`) ? new OtherMountNamespaces().find(lab) : undefined;
  if (found !== undefined) return upInOtherMountsError(lab, found);
  return new NotFoundError(`there is no lab "${lab}" that is up${hint}; ${advice}`);
}

/** The command that brings a lab up in the mount namespace of process 1. */
const UP_IN_INIT = 'nsenter -t 1 -m netwright up';

/**
 * The warning about a lab that is brought up where the mount namespace of process 1 does not see it; empty otherwise.
 */
export const privateMountsWarning = (lab: string): string[] =>
  propagatesToInit()
    ? []
    : [
        `lab "${lab}" is up only in this mount namespace: other processes do not see it, and it ends with the last program here; \`${UP_IN_INIT}\` brings it up for the whole machine`,
      ];

/**
 * Refuses to bring up a lab that would end with this process, the only one in its mount namespace:
 * `ip netns exec NAME netwright up`.
 * @throws OtherMountNamespaceError
 */
export function requirePersistentMounts(): void {
  if (propagatesToInit() || !isOnlyProcessInMounts()) return;
  throw new OtherMountNamespaceError(
    `the lab would end with this command, the only process in its mount namespace (\`ip netns exec\` and \`netwright exec\` create one): use \`${UP_IN_INIT}\` with the absolute path of the file, a shell there, or --attach`,
  );
}
