import type { LabMounts } from '../netns/index.ts';
import type { HostParts } from '../observe/index.ts';
import { deleteHostLinks } from './host-links.ts';
import { putBackHostSettings, type LabMarks, type Restored } from './host-settings.ts';
import { deleteHostTables } from './host-tables.ts';

/** A lab that is to go. */
export interface Leaving {
  readonly labMounts: LabMounts;
  readonly host: HostParts;
}

export interface TornDown extends Restored {
  /** Of each lab, in order, what failed. */
  readonly failures: readonly (readonly unknown[])[];
}

/**
 * Removes everything of labs, whatever state they are in: what they have on the host, then all their namespaces. Of several
 * labs that is done at once, since the kernel takes the same time for one as for many. It takes the namespaces apart after
 * this has returned. Goes on past failures and reports them together. To be called with the host's lock.
 */
export function tearDown(labs: readonly Leaving[], marks: LabMarks): TornDown {
  const shared: unknown[] = [];
  // The links first: their other ends are in namespaces that live until the kernel gets round to them.
  attempt(shared, () => deleteHostLinks(labs.flatMap(({ host }) => host.links)));
  attempt(shared, () => deleteHostTables(labs.flatMap(({ host }) => host.tables)));
  const restored = attempt(shared, () => putBackHostSettings(marks));
  const failures = labs.map(({ labMounts }) => {
    const own = [...shared];
    attempt(own, () => labMounts.unmount());
    return own;
  });
  return { restored: restored?.restored ?? [], kept: restored?.kept ?? [], failures };
}

/** What `fn` gives; undefined when it throws, which is kept. */
function attempt<T>(failures: unknown[], fn: () => T): T | undefined {
  try {
    return fn();
  } catch (error) {
    failures.push(error);
    return undefined;
  }
}
