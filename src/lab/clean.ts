import { existsSync } from 'node:fs';
import { checkOptions } from '../base/index.ts';
import { endProcesses, Lock, savedSettings, restoreHostSettings, tearDown } from '../apply/index.ts';
import { OtherMountNamespaces, LabMounts } from '../netns/index.ts';
import { readHostObjects, labsOf, staleOf, staleSettings, type Stale } from './stale.ts';
import { labsInOtherMounts, type LabInOtherMounts } from '../store/index.ts';
import { hostParts, lockHost, requireHostNamespace, LAB_MARKS } from '../host/index.ts';
import { requirePrivilege } from '../proc/index.ts';
import { endLimits } from '../lease/index.ts';

export type { Stale } from './stale.ts';

/**
 * Finds leftovers of labs that no longer exist: after a process was killed while it brought a lab up, after a reboot,
 * or after a lab's folder was unmounted by hand. Changes nothing. Does not return anything of a lab that is up or that
 * a process is changing, nor objects of other programs with similar names.
 *
 * A lab is up if its folder under /run/netwright is a mount. Call this in the mount namespace in which labs are
 * created: in a container that shares the host's network but not its /run, all labs of the host would seem to be gone.
 * @throws CapabilityError without root
 */
export const findStale = (): Stale[] => [...survey().stale];

/** The leftovers of labs, and the labs that are up in another mount namespace. */
export interface Survey {
  readonly stale: readonly Stale[];
  readonly elsewhere: readonly LabInOtherMounts[];
}

/** Finds both with one scan of the host's processes. @throws CapabilityError */
export function survey(others = new OtherMountNamespaces()): Survey {
  requirePrivilege('finding leftovers of labs');
  const state = readHostObjects(others);
  const stale = labsOf(state).flatMap((lab) => staleOf(lab, state));
  return { stale: [...stale, ...staleSettings(state)], elsewhere: labsInOtherMounts(others) };
}

/** What `clean()` did. */
export interface CleanResult {
  readonly removed: readonly Stale[];
  /** The leftovers that could not be removed, each with the error. */
  readonly kept: readonly { readonly stale: Stale; readonly reason: unknown }[];
  /** Keys of sysctl settings of the host that were restored. */
  readonly restored: readonly string[];
  /** Labs that are up in another mount namespace: nothing of them was removed. */
  readonly elsewhere: readonly LabInOtherMounts[];
}

/**
 * Removes what {@link findStale} finds: for each lab, takes the lab's lock and searches again first. A failure does not
 * stop the rest.
 * @throws CapabilityError without root; the signal's reason
 */
export async function clean(options: { readonly signal?: AbortSignal } = {}): Promise<CleanResult> {
  checkOptions(options, { signal: 'signal' });
  const { signal } = options;
  const others = new OtherMountNamespaces();
  const { stale: found, elsewhere } = survey(others);
  const removed: Stale[] = [];
  const kept: { stale: Stale; reason: unknown }[] = [];
  const restored: string[] = [];
  const pass = async (found: readonly Stale[]): Promise<void> => {
    for (const lab of new Set(found.flatMap(({ lab }) => lab ?? []))) {
      const expected = found.filter((leftover) => leftover.lab === lab);
      try {
        const { stale, failures, settings } = await cleanLab(lab, expected, others, signal);
        const remaining = new Set(staleOf(lab, readHostObjects(others)).map(({ where }) => where));
        for (const leftover of stale) {
          if (remaining.has(leftover.where)) kept.push({ stale: leftover, reason: failures[0] });
          else removed.push(leftover);
        }
        restored.push(...settings);
      } catch (error) {
        signal?.throwIfAborted();
        kept.push(...expected.map((stale) => ({ stale, reason: error })));
      }
    }
  };
  await pass(found);
  // The lock file of a process that owns labs (a lease) is removed after these labs.
  await pass(
    survey(others).stale.filter(
      ({ kind, where }) => kind === 'lock' && found.every((leftover) => leftover.where !== where),
    ),
  );
  using lock = await lockHost(signal);
  if (staleSettings(readHostObjects(others), lock).length > 0)
    restored.push(...restoreHostSettings(LAB_MARKS).restored);
  // Removing the last lab may have restored the settings already.
  if (savedSettings().size === 0) removed.push(...found.filter(({ kind }) => kind === 'settings'));
  return { removed, kept, restored, elsewhere };
}

/** Removes the leftovers of one lab. @throws LockedError if another process is bringing it up again */
async function cleanLab(
  lab: string,
  expected: readonly Stale[],
  others: OtherMountNamespaces,
  signal: AbortSignal | undefined,
): Promise<{ stale: readonly Stale[]; failures: readonly unknown[]; settings: readonly string[] }> {
  using lock = Lock.take(lab);
  // The lock file exists now in any case, since this process holds the lock.
  const hadLock = expected.some(({ kind }) => kind === 'lock');
  const stale = staleOf(lab, readHostObjects(others), lock).filter(({ kind }) => kind !== 'lock' || hadLock);
  requireHostNamespace(lab);
  // Releasing the lock removes its file.
  if (stale.every(({ kind }) => kind === 'lock')) return { stale, failures: [], settings: [] };
  const labMounts = new LabMounts(lab);
  if (existsSync(labMounts.root) && labMounts.mounted) await endProcesses(labMounts, labMounts.names());
  const limits = await endLimits(lab);
  using _ = await lockHost(signal);
  const {
    failures: [failures = []],
    restored,
  } = tearDown([{ labMounts, host: hostParts(lab) }], LAB_MARKS);
  return { stale, failures: [...limits, ...failures], settings: restored };
}
