import { checkArgument, checkOptions } from '../base/arguments.ts';
import { Lock, tearDown } from '../apply/index.ts';
import { Pins, type NodeProcess } from '../netns/index.ts';
import { refuseElsewhere } from './elsewhere.ts';
import { HOST_LOCK, hostParts, isOnHost, lockHost } from './host.ts';
import { requirePrivilege } from './privilege.ts';
import { endProcesses, killProcesses } from './processes.ts';
import { endLimits } from './sandbox/limits.ts';
import { labNames } from './store.ts';

export interface DownOptions {
  /** How long to wait for another process that is changing the lab, in milliseconds; 0 by default. */
  readonly wait?: number;
  readonly signal?: AbortSignal;
}

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
 * @throws LockedError, LockFileError, CapabilityError; ElsewhereError when it is up in another mount namespace; AggregateError when something could not be removed: the rest was
 */
export async function down(lab: string, options: DownOptions = {}): Promise<DownResult> {
  const started = performance.now();
  checkArgument('lab', lab, 'text');
  checkOptions(options, { wait: 'time', signal: 'signal' });
  requirePrivilege(`taking lab "${lab}" down`);
  const pins = new Pins(lab);
  using _ = await Lock.wait(lab, options.wait ?? 0, options.signal);
  const namespaces = pins.names();
  refuseElsewhere(pins, namespaces.length > 0 || isOnHost(lab));
  const existed = namespaces.length > 0 || pins.mounted;
  const { ended, spared } = existed ? await endProcesses(pins, namespaces) : { ended: [], spared: [] };
  const limits = await endLimits(lab);
  using _host = await lockHost(options.signal);
  const { failures: others, restored, kept } = tearDown(pins, hostParts(lab));
  const failures = [...limits, ...others];
  if (failures.length > 0)
    throw new AggregateError(
      failures,
      `lab "${lab}" could not be removed entirely: ${failures.map(String).join('; ')}`,
    );
  return {
    lab,
    existed,
    namespaces: namespaces.length,
    ended,
    spared,
    restored,
    kept,
    milliseconds: performance.now() - started,
  };
}

/**
 * Removes a lab without waiting for anything or anybody: what runs in it is killed. For a process that is about to end.
 * @throws LockedError, CapabilityError; AggregateError as {@link down}
 */
export function downAtOnce(lab: string): void {
  const pins = new Pins(lab);
  using _ = Lock.take(lab);
  const namespaces = pins.names();
  if (namespaces.length === 0 && !pins.mounted) return;
  using _host = Lock.take(HOST_LOCK);
  killProcesses(pins, namespaces);
  const { failures } = tearDown(pins, hostParts(lab));
  if (failures.length > 0) throw new AggregateError(failures, `lab "${lab}" could not be removed entirely`);
}

/** Removes every lab there is. */
export async function downAll(options: DownOptions = {}): Promise<DownResult[]> {
  checkOptions(options, { wait: 'time', signal: 'signal' });
  const results: DownResult[] = [];
  for (const lab of labNames()) results.push(await down(lab, options));
  return results;
}
