import { monotonic, checkArgument, checkOptions } from '../base/index.ts';
import { endProcesses, killProcesses, Lock, tearDown, type LabToRemove } from '../apply/index.ts';
import { LabMounts, type NodeProcess, labNames } from '../netns/index.ts';
import { requireHostNamespace, HOST_LOCK, hasLinkOnHost, hostParts, lockHost, LAB_MARKS } from '../host/index.ts';
import { refuseInOtherMounts } from '../store/index.ts';
import { requirePrivilege } from '../proc/index.ts';
import { endLimits } from '../lease/index.ts';

/** Options of `down()`. */
export interface DownOptions {
  /**
   * How long to wait for another process that is changing the lab, in milliseconds, 0 or more; 0 by default, Infinity
   * for no limit.
   */
  readonly wait?: number;
  /** Stops waiting: `down` then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What `down()` removed. */
export interface DownResult {
  readonly lab: string;
  /** Whether there was anything to remove. */
  readonly existed: boolean;
  /** The number of network namespaces that were removed. */
  readonly namespaces: number;
  /** Processes that were running in the lab, and were ended. */
  readonly ended: readonly NodeProcess[];
  /** Processes in the lab that were left running, since they are ancestors of this process. */
  readonly spared: readonly NodeProcess[];
  /** Keys of sysctl settings of the host that were restored to their values from before the first lab. */
  readonly restored: readonly string[];
  /** Keys of sysctl settings of the host that were not restored, since rules of other programs rely on them. */
  readonly kept: readonly string[];
  /** The duration of the call. The kernel frees the namespaces a little later. */
  readonly milliseconds: number;
}

/**
 * Removes a lab, complete or partial, and ends all processes in it. Changes nothing that belongs to other labs or
 * programs. Removing a lab that does not exist is no error: `existed` is false then.
 * @throws LockedError if another process is changing the lab; LockFileError if the lock cannot be taken
 * @throws OtherNamespaceError if the lab's link to the host is in another network namespace
 * @throws OtherMountNamespaceError if the lab is up in another mount namespace
 * @throws AggregateError if something could not be removed: everything else was
 * @throws CapabilityError, UsageError; the signal's reason
 */
export async function down(lab: string, options: DownOptions = {}): Promise<DownResult> {
  const [outcome] = await downEach([lab], options);
  if (outcome!.status === 'rejected') throw outcome!.reason;
  return outcome!.value;
}

/**
 * Removes several labs. Deletes all their links on the host together, which takes the kernel as long as for one lab. A
 * failure with one lab does not stop the others.
 * @returns the result of each lab, in order; the reason of a rejected one is what {@link down} throws
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
  const leaving = outcomes.filter((outcome) => 'labMounts' in outcome);
  if (leaving.length === 0) return outcomes.filter((outcome) => 'status' in outcome);
  using _host = await lockHost(options.signal);
  const { failures, restored, kept } = tearDown(leaving, LAB_MARKS);
  const last = leaving.at(-1);
  return outcomes.map((outcome): PromiseSettledResult<DownResult> => {
    if ('status' in outcome) return outcome;
    const { labMounts, limits, started, host: _, ...rest } = outcome;
    const errors = [...limits, ...failures[leaving.indexOf(outcome)]!];
    if (errors.length > 0)
      return {
        status: 'rejected',
        reason: new AggregateError(
          errors,
          `lab "${labMounts.lab}" could not be removed entirely: ${errors.map(String).join('; ')}`,
        ),
      };
    // The last lab that needed the host's settings reports them.
    const settings = outcome === last ? { restored, kept } : { restored: [], kept: [] };
    const milliseconds = monotonic() - started;
    return { status: 'fulfilled', value: { lab: labMounts.lab, ...rest, ...settings, milliseconds } };
  });
}

/** A lab whose processes have been ended. */
interface Emptied extends LabToRemove, Pick<DownResult, 'existed' | 'namespaces' | 'ended' | 'spared'> {
  /** Errors from removing its cgroups. */
  readonly limits: readonly unknown[];
  /** When its removal started, as of monotonic(). */
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

/** Takes the lock of a lab, and ends its processes. */
async function empty(lab: string, locks: Locks, { wait = 0, signal }: DownOptions): Promise<Emptied> {
  const started = monotonic();
  requirePrivilege(`removing lab "${lab}"`);
  const labMounts = new LabMounts(lab);
  locks.add(await Lock.wait(lab, wait, signal));
  requireHostNamespace(lab);
  const names = labMounts.names();
  refuseInOtherMounts(labMounts, hasLinkOnHost(lab));
  const existed = names.length > 0 || labMounts.mounted;
  const { ended, spared } = existed ? await endProcesses(labMounts, names) : { ended: [], spared: [] };
  const limits = await endLimits(lab);
  return { labMounts, host: hostParts(lab), existed, namespaces: names.length, ended, spared, limits, started };
}

/**
 * Removes a lab synchronously, and sends SIGKILL to its processes. For a process that is about to exit.
 * @throws LockedError, CapabilityError; AggregateError as {@link down}
 */
export function downSync(lab: string): void {
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
 * Removes every lab that is up here. A failure with one lab does not stop the others.
 * @throws the error of {@link down} if one lab failed; AggregateError of these errors if several failed; the signal's
 *   reason
 */
export async function downAll(options: DownOptions = {}): Promise<DownResult[]> {
  const outcomes = await downEach(labNames(), options);
  const reasons = outcomes.flatMap((outcome): unknown[] => (outcome.status === 'rejected' ? [outcome.reason] : []));
  if (reasons.length > 1) throw new AggregateError(reasons, reasons.map(String).join('; '));
  if (reasons.length === 1) throw reasons[0];
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
}
