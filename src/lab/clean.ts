import { existsSync } from 'node:fs';
import { checkOptions } from '../base/index.ts';
import { endProcesses, Lock, notedSettings, putBackHostSettings, tearDown } from '../apply/index.ts';
import { OtherMountNamespaces, LabMounts } from '../netns/index.ts';
import { readMachine, labsOf, staleOf, staleSettings, type Stale } from './stale.ts';
import { labsInOtherMounts, type LabInOtherMounts } from '../store/index.ts';
import { hostParts, lockHost, requireHostNamespace, LAB_MARKS } from '../host/index.ts';
import { requirePrivilege } from '../proc/index.ts';
import { endLimits } from '../lease/index.ts';

export type { Stale } from './stale.ts';

/**
 * What is left of labs that are no more: of builders that were killed, of a reboot, of folders unmounted by hand. Reads
 * only. Nothing of a lab that is up, or that a process is busy with, is among it; and nothing that only looks like ours.
 *
 * What is up is told by the mounts under /run/netwright. It must be asked where labs are made: in a container that shares
 * the host's network but not its /run, every lab of the host's would seem to have gone.
 * @throws CapabilityError
 */
export const findStale = (): Stale[] => [...survey().stale];

/** What is left of labs, and which are up in another mount namespace, and so left alone. */
export interface Survey {
  readonly stale: readonly Stale[];
  readonly elsewhere: readonly LabInOtherMounts[];
}

/** Both in one look at the machine's processes. @throws CapabilityError */
export function survey(others = new OtherMountNamespaces()): Survey {
  requirePrivilege('finding leftovers of labs');
  const scene = readMachine(others);
  const stale = labsOf(scene).flatMap((lab) => staleOf(lab, scene));
  return { stale: [...stale, ...staleSettings(scene)], elsewhere: labsInOtherMounts(others) };
}

/** What `clean()` has done. */
export interface CleanResult {
  readonly removed: readonly Stale[];
  /** What could not be removed, and why. */
  readonly kept: readonly { readonly stale: Stale; readonly reason: unknown }[];
  /** Settings of the host that were put back. */
  readonly restored: readonly string[];
  /** Labs that are up in another mount namespace: nothing of theirs was removed. */
  readonly elsewhere: readonly LabInOtherMounts[];
}

/**
 * Removes what {@link findStale} finds, each lab's under its lock, after looking once more. Goes on past failures.
 * @throws CapabilityError; the signal's reason
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
      const expected = found.filter((one) => one.lab === lab);
      try {
        const { stale, failures, settings } = await cleanLab(lab, expected, others, signal);
        const left = new Set(staleOf(lab, readMachine(others)).map(({ where }) => where));
        for (const one of stale) {
          if (left.has(one.where)) kept.push({ stale: one, reason: failures[0] });
          else removed.push(one);
        }
        restored.push(...settings);
      } catch (error) {
        signal?.throwIfAborted();
        kept.push(...expected.map((stale) => ({ stale, reason: error })));
      }
    }
  };
  await pass(found);
  // A lock that tells whose labs are goes after them.
  await pass(
    survey(others).stale.filter(({ kind, where }) => kind === 'lock' && found.every((one) => one.where !== where)),
  );
  using lock = await lockHost(signal);
  if (staleSettings(readMachine(others), lock).length > 0) restored.push(...putBackHostSettings(LAB_MARKS).restored);
  // The last lab's going may have put them back already.
  if (notedSettings().size === 0) removed.push(...found.filter(({ kind }) => kind === 'settings'));
  return { removed, kept, restored, elsewhere };
}

/** Removes what is left of one lab. @throws LockedError when somebody is making it again */
async function cleanLab(
  lab: string,
  expected: readonly Stale[],
  others: OtherMountNamespaces,
  signal: AbortSignal | undefined,
): Promise<{ stale: readonly Stale[]; failures: readonly unknown[]; settings: readonly string[] }> {
  using lock = Lock.take(lab);
  // The file of the lock is there by now in any case.
  const hadLock = expected.some(({ kind }) => kind === 'lock');
  const stale = staleOf(lab, readMachine(others), lock).filter(({ kind }) => kind !== 'lock' || hadLock);
  requireHostNamespace(lab);
  // Giving the lock back removes its file.
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
