import { monotonic, checkArgument, checkOptions } from '../base/index.ts';
import { endProcesses, killProcesses, Lock, tearDown, type Leaving } from '../apply/index.ts';
import { LabMounts, type NodeProcess, labNames } from '../netns/index.ts';
import { requireHostNamespace, HOST_LOCK, hasLinkOnHost, hostParts, lockHost, LAB_MARKS } from '../host/index.ts';
import { refuseInOtherMounts } from '../store/index.ts';
import { requirePrivilege } from '../proc/index.ts';
import { endLimits } from '../lease/index.ts';

/** How `down()` takes a lab down. */
export interface DownOptions {
  /** How long to wait for another process that is changing the lab, in milliseconds; 0 by default. */
  readonly wait?: number;
  readonly signal?: AbortSignal;
}

/** What was removed. */
export interface DownResult {
  readonly lab: string;
  /** Whether there was anything to remove. */
  readonly existed: boolean;
  readonly namespaces: number;
  /** Programs that were running in the lab, and were ended. */
  readonly ended: readonly NodeProcess[];
  /** Programs left running, since this one descends from them. */
  readonly spared: readonly NodeProcess[];
  /** Settings of the host that were put back, and those left since other programs rely on them. */
  readonly restored: readonly string[];
  readonly kept: readonly string[];
  /** Until the call returned; the kernel takes the namespaces apart a little later. */
  readonly milliseconds: number;
}

/**
 * Removes a lab, whole or half-made, with whatever runs in it. What is not the lab's is not touched.
 * @throws LockedError, LockFileError, CapabilityError, OtherNamespaceError; OtherMountNamespaceError when it is up in another mount
 *   namespace; AggregateError when something could not be removed: the rest was
 */
export async function down(lab: string, options: DownOptions = {}): Promise<DownResult> {
  const [outcome] = await downEach([lab], options);
  if (outcome!.status === 'rejected') throw outcome!.reason;
  return outcome!.value;
}

/**
 * Removes several labs, what they have on the host at once: that takes the kernel as long as for one. What can be removed
 * is, whatever becomes of the others.
 * @returns what became of each, in order; a reason is what {@link down} throws
 * @throws the signal's reason
 */
export async function downEach(
  labs: readonly string[],
  options: DownOptions = {},
): Promise<PromiseSettledResult<DownResult>[]> {
  for (const lab of labs) checkArgument('lab', lab, 'text');
  checkOptions(options, { wait: 'time', signal: 'signal' });
  using locks = new Locks();
  const outcomes: (Emptied | PromiseRejectedResult)[] = [];
  for (const lab of labs) {
    try {
      outcomes.push(await empty(lab, locks, options));
    } catch (reason) {
      options.signal?.throwIfAborted();
      outcomes.push({ status: 'rejected', reason });
    }
  }
  const leaving = outcomes.filter((one) => 'labMounts' in one);
  if (leaving.length === 0) return outcomes.filter((one) => 'status' in one);
  using _host = await lockHost(options.signal);
  const { failures, restored, kept } = tearDown(leaving, LAB_MARKS);
  const last = leaving.at(-1);
  return outcomes.map((one): PromiseSettledResult<DownResult> => {
    if ('status' in one) return one;
    const { labMounts, limits, started, host: _, ...rest } = one;
    const left = [...limits, ...failures[leaving.indexOf(one)]!];
    if (left.length > 0)
      return {
        status: 'rejected',
        reason: new AggregateError(
          left,
          `lab "${labMounts.lab}" could not be removed entirely: ${left.map(String).join('; ')}`,
        ),
      };
    // Settings go with the last of the labs that needed them.
    const settings = one === last ? { restored, kept } : { restored: [], kept: [] };
    const milliseconds = monotonic() - started;
    return { status: 'fulfilled', value: { lab: labMounts.lab, ...rest, ...settings, milliseconds } };
  });
}

/** A lab in which nothing runs any more. */
interface Emptied extends Leaving, Pick<DownResult, 'existed' | 'namespaces' | 'ended' | 'spared'> {
  /** What could not be done about its limits. */
  readonly limits: readonly unknown[];
  /** As monotonic() says it. */
  readonly started: number;
}

class Locks implements Disposable {
  readonly #held: Lock[] = [];

  add(lock: Lock): void {
    this.#held.push(lock);
  }

  [Symbol.dispose](): void {
    for (const lock of this.#held) lock[Symbol.dispose]();
  }
}

/** Takes the lock of a lab, and ends what runs there. */
async function empty(lab: string, locks: Locks, { wait = 0, signal }: DownOptions): Promise<Emptied> {
  const started = monotonic();
  requirePrivilege(`removing lab "${lab}"`);
  const labMounts = new LabMounts(lab);
  locks.add(await Lock.wait(lab, wait, signal));
  requireHostNamespace(lab);
  const names = labMounts.names();
  refuseInOtherMounts(labMounts, names.length > 0 || hasLinkOnHost(lab));
  const existed = names.length > 0 || labMounts.mounted;
  const { ended, spared } = existed ? await endProcesses(labMounts, names) : { ended: [], spared: [] };
  const limits = await endLimits(lab);
  return { labMounts, host: hostParts(lab), existed, namespaces: names.length, ended, spared, limits, started };
}

/**
 * Removes a lab without waiting for anything or anybody: what runs in it is killed. For a process that is about to end.
 * @throws LockedError, CapabilityError; AggregateError as {@link down}
 */
export function downAtOnce(lab: string): void {
  const labMounts = new LabMounts(lab);
  using _ = Lock.take(lab);
  const namespaces = labMounts.names();
  if (namespaces.length === 0 && !labMounts.mounted) return;
  requireHostNamespace(lab);
  using _host = Lock.take(HOST_LOCK);
  killProcesses(labMounts, namespaces);
  const [failures = []] = tearDown([{ labMounts, host: hostParts(lab) }], LAB_MARKS).failures;
  if (failures.length > 0) throw new AggregateError(failures, `lab "${lab}" could not be removed entirely`);
}

/**
 * Removes every lab there is, past those that cannot be.
 * @throws what {@link down} threw of the one lab that it failed for; AggregateError of several
 */
export async function downAll(options: DownOptions = {}): Promise<DownResult[]> {
  const outcomes = await downEach(labNames(), options);
  const reasons = outcomes.flatMap((one): unknown[] => (one.status === 'rejected' ? [one.reason] : []));
  if (reasons.length > 1) throw new AggregateError(reasons, reasons.map(String).join('; '));
  if (reasons.length === 1) throw reasons[0];
  return outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}
