import { monotonic, checkOptions, type OptionKinds, NetwrightError, listed } from '../base/index.ts';
import {
  endProcesses,
  ApplyError,
  logExcerptOf,
  execute,
  Kernel,
  Lock,
  savedSettings,
  restoreHostSettings,
  verifyDeletions,
  tearDown,
  type Progress,
} from '../apply/index.ts';
import { HOST } from '../state/index.ts';
import { LabMounts } from '../netns/index.ts';
import type { Operation } from '../plan/index.ts';
import {
  externalParts,
  uplinkAddressCount,
  type Compiled,
  type Topology,
  type TopologyInput,
} from '../topology/index.ts';
import {
  notUpError,
  requirePersistentMounts,
  trimSettingNames,
  saveSettingNames,
  load,
  openFolder,
  requireFolder,
  savedSource,
  saveSource,
  type Source,
} from '../store/index.ts';
import { hostParts, lockHost, LAB_MARKS } from '../host/index.ts';
import { divertedSubnetWarnings, planCompiled, prepare, type LabOperations } from './plan.ts';
import { requirePrivilege } from '../proc/index.ts';
import { rotateLogs } from './logs.ts';
import { requireUplink } from '../rootless/index.ts';

/** Options of `Lab.up()`. */
export interface UpOptions {
  /**
   * How long to wait for another process that is changing the lab, in milliseconds, 0 or more; 0 by default, Infinity
   * for no limit.
   */
  readonly wait?: number;
  /** Stops waiting, and stops between two operations: `up` then throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called from time to time, and at the end, with the number of operations that are done and that of all. */
  readonly onProgress?: (done: number, total: number) => void;
  /**
   * Whether this process exits after `up`. If the lab would end with it, since no other process is in its mount
   * namespace, `up` then throws OtherMountNamespaceError. False by default.
   */
  readonly endsAfterwards?: boolean;
  /** Called before each operation that starts, stops or awaits a service: these can take long. */
  readonly onService?: (operation: Operation) => void;
  /**
   * Called after the kernel has acknowledged each operation. For diagnostics: costs one round trip for each operation.
   */
  readonly onOperation?: (operation: Operation, index: number) => void;
}

export const UP_OPTIONS: OptionKinds<UpOptions> = {
  wait: 'time',
  signal: 'signal',
  onProgress: 'function',
  endsAfterwards: 'flag',
  onService: 'function',
  onOperation: 'function',
};

/** What `Lab.up()` did. */
export interface UpResult extends LabOperations {
  /** Whether the lab did not exist before. */
  readonly fresh: boolean;
  /** How long it took, waiting for the lock included. */
  readonly milliseconds: number;
}

/**
 * Makes the kernel's state of a lab match its topology: creates the lab, completes it, or changes it to a new version.
 * @throws TopologyError, LockedError, LockFileError, NameTakenError, PortTakenError, CapabilityError,
 *   OtherMountNamespaceError, OtherNamespaceError; ApplyError if the kernel rejects an operation
 */
export async function up(source: Source, options: UpOptions = {}): Promise<UpResult> {
  const started = monotonic();
  checkOptions(options, UP_OPTIONS);
  const topology = load(source);
  requirePrivilege(`bringing lab "${topology.name}" up`);
  const usesHost = uplinkAddressCount(topology) > 0;
  requireUplinkFor(topology);
  using locks = await lockAll(topology.name, usesHost, options);
  return await bringUp(topology, source, locks, options, started);
}

/**
 * Brings a lab that is up to a changed topology. Calls `change` with the stored topology under the lab's lock.
 * @throws NotFoundError if there is no such lab; the rest as {@link up}
 */
export async function upChanged(
  lab: string,
  options: UpOptions,
  change: (topology: Topology) => TopologyInput,
): Promise<UpResult> {
  const started = monotonic();
  using locks = await lockAll(lab, true, options);
  const saved = savedSource(lab);
  if (saved === undefined) throw notUpError(lab);
  const source: Source = { value: change(load(saved)), ...(saved.folder !== undefined && { folder: saved.folder }) };
  const topology = load(source);
  requireUplinkFor(topology);
  return await bringUp(topology, source, locks, options, started);
}

/** @throws CapabilityError if a part of the topology needs an uplink that this process's user namespace lacks */
function requireUplinkFor(topology: Topology): void {
  const parts = externalParts(topology);
  if (parts.length > 0) requireUplink(`${listed(parts)} of lab "${topology.name}" need`);
}

/** The locks that are held while a lab is brought up. */
interface Locks extends Disposable {
  /** The host's, if the lab has an uplink. */
  readonly host: Lock | undefined;
}

async function lockAll(name: string, usesHost: boolean, { wait = 0, signal }: UpOptions): Promise<Locks> {
  const lab = await Lock.wait(name, wait, signal);
  try {
    const host = usesHost ? await lockHost(signal) : undefined;
    return {
      host,
      [Symbol.dispose]: () => {
        host?.[Symbol.dispose]();
        lab[Symbol.dispose]();
      },
    };
  } catch (error) {
    lab[Symbol.dispose]();
    throw error;
  }
}

async function bringUp(
  topology: Topology,
  source: Source,
  { host }: Locks,
  options: UpOptions,
  started: number,
): Promise<UpResult> {
  const { compiled, warnings } = prepare(topology);
  const result = await converge(
    compiled,
    { source, topology },
    {
      ...options,
      // Other labs need not wait for the services of this one.
      unlockHost: () => host?.[Symbol.dispose](),
      relockHost: () => (host === undefined ? Promise.resolve(undefined) : lockHost().catch(() => undefined)),
    },
  );
  return {
    ...result,
    compiled,
    warnings: [...warnings, ...divertedSubnetWarnings(compiled)],
    milliseconds: monotonic() - started,
  };
}

interface ConvergeOptions extends UpOptions {
  readonly unlockHost: () => void;
  readonly relockHost: () => Promise<Lock | undefined>;
}

async function converge(
  compiled: Compiled,
  { source, topology }: { readonly source: Source; readonly topology: Topology },
  options: ConvergeOptions,
): Promise<Pick<UpResult, 'operations' | 'fresh'>> {
  const labMounts = new LabMounts(compiled.lab);
  requireFolder(labMounts);
  rotateLogs(compiled);
  const operations = planCompiled(compiled);
  if (options.endsAfterwards === true && !labMounts.mounted) requirePersistentMounts();
  const fresh = openFolder(labMounts);
  const kernel = new Kernel(labMounts);
  const progress: Progress = { done: 0 };
  try {
    saveSource(labMounts, source, topology);
    saveSettingNames(labMounts, compiled.state);
    await execute(kernel, operations, progress, { ...options, onNetworkDone: options.unlockHost });
    verifyDeletions(kernel, () => planCompiled(compiled));
    trimSettingNames(labMounts, compiled.state);
    // A process that removed the lab's uplink may have been killed before it put the host's settings back.
    if (!fresh && compiled.state.namespaces[HOST] === undefined && savedSettings().size > 0)
      await putBackUnusedSettings(options);
  } catch (error) {
    kernel.close();
    options.unlockHost();
    using _ = fresh ? await options.relockHost() : undefined;
    throw await undo(error, labMounts, fresh, progress.done, operations.length);
  }
  kernel.close();
  return { operations, fresh };
}

/** Puts the host's settings back if this was the last lab that needed them. */
async function putBackUnusedSettings({ signal }: UpOptions): Promise<void> {
  using _ = await lockHost(signal);
  restoreHostSettings(LAB_MARKS);
}

/**
 * After a failure: removes a lab that this run created; leaves one that existed before in its current state, for `up`
 * to complete.
 */
async function undo(error: unknown, labMounts: LabMounts, fresh: boolean, done: number, total: number): Promise<Error> {
  const reason = error instanceof Error ? error.message : String(error);
  let outcome = `the lab existed before and was left in its current state; run \`up\` again to complete it, or \`down ${labMounts.lab}\``;
  let rolledBack = false;
  if (fresh) {
    await endProcesses(labMounts, labMounts.names());
    const [failures = []] = tearDown([{ labMounts, host: hostParts(labMounts.lab) }], LAB_MARKS).failures;
    rolledBack = failures.length === 0;
    outcome = rolledBack
      ? 'everything that this run created was removed'
      : `removing what this run created failed too (${failures.map(String).join('; ')}); run \`down ${labMounts.lab}\``;
  }
  if (error instanceof NetwrightError || isSystemError(error)) {
    return new ApplyError(
      `lab "${labMounts.lab}" was not brought up: ${reason}; after ${done} of ${total} steps ${outcome}${logExcerptOf(error)}`,
      { done, total, rolledBack },
      { cause: error },
    );
  }
  return error instanceof Error ? error : new Error(reason);
}

const isSystemError = (error: unknown): boolean => error instanceof Error && 'syscall' in error;
