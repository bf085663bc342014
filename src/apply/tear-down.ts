import type { LabMounts } from '../netns/index.ts';
import type { HostParts } from '../observe/index.ts';
import { deleteHostLinks } from './host-links.ts';
import { restoreHostSettings, type LabMarks, type Restored } from './host-settings.ts';
import { deleteHostTables } from './host-tables.ts';

/** A lab to remove. */
export interface LabToRemove {
  readonly labMounts: LabMounts;
  readonly host: HostParts;
}

export interface RemovalResult extends Restored {
  /** The errors for each lab, in order. */
  readonly failures: readonly (readonly unknown[])[];
}

/**
 * Removes labs in any state: their objects on the host, then all their namespaces. The objects of several labs are
 * removed together, since the kernel takes the same time for one as for many. The kernel destroys the namespaces
 * asynchronously, after this function has returned. Continues after errors and returns them. The caller must hold the
 * host's lock.
 */
export function tearDown(labs: readonly LabToRemove[], marks: LabMarks): RemovalResult {
  const shared: unknown[] = [];
  // Links first: the namespaces of their peers exist until the kernel destroys them asynchronously.
  attempt(shared, () => deleteHostLinks(labs.flatMap(({ host }) => host.links)));
  attempt(shared, () => deleteHostTables(labs.flatMap(({ host }) => host.tables)));
  const restored = attempt(shared, () => restoreHostSettings(marks));
  const failures = labs.map(({ labMounts }) => {
    const own = [...shared];
    attempt(own, () => labMounts.unmount());
    return own;
  });
  return { restored: restored?.restored ?? [], kept: restored?.kept ?? [], failures };
}

/** Returns the result of `fn`; if it throws, undefined, and adds the error to `failures`. */
function attempt<T>(failures: unknown[], fn: () => T): T | undefined {
  try {
    return fn();
  } catch (error) {
    failures.push(error);
    return undefined;
  }
}
