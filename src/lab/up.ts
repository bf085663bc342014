import { monotonic, checkOptions, type OptionKinds, NetwrightError, listed } from '../base/index.ts';
import {
  endProcesses,
  ApplyError,
  epilogueOf,
  execute,
  Kernel,
  Lock,
  notedSettings,
  putBackHostSettings,
  readBack,
  tearDown,
  type Progress,
} from '../apply/index.ts';
import { HOST } from '../state/index.ts';
import { LabMounts } from '../netns/index.ts';
import type { Operation } from '../plan/index.ts';
import { externalParts, uplinkHosts, type Compiled, type Topology, type TopologyInput } from '../topology/index.ts';
import {
  notUp,
  requirePersistentMounts,
  forgetSettings,
  noteSettings,
  load,
  openFolder,
  requireFolder,
  savedSource,
  saveSource,
  type Source,
} from '../store/index.ts';
import { hostParts, lockHost, describeDivertedSubnet, findDivertedSubnets, LAB_MARKS } from '../host/index.ts';
import { planCompiled, prepare } from './plan.ts';
import { requirePrivilege } from '../proc/index.ts';
import { rotateLogs } from './logs.ts';
import { requireUplink } from '../rootless/index.ts';

/** How a lab is brought up, and who is told what is done. */
export interface UpOptions {
  /** How long to wait for another process that is changing the lab, in milliseconds; 0 by default. */
  readonly wait?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
  /** Whether this process ends when the lab is up: a lab that would end with it is refused then (OtherMountNamespaceError). */
  readonly endsAfterwards?: boolean;
  /** Called before each operation that concerns a service: it may take its time. */
  readonly onService?: (operation: Operation) => void;
  /** Called after each operation has reached the kernel: for diagnostics; costs a round trip each. */
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

/** What bringing a lab up took. */
export interface UpResult {
  readonly compiled: Compiled;
  /** What was done; empty when everything was as it should be. */
  readonly operations: readonly Operation[];
  /** Whether the lab was not there before. */
  readonly fresh: boolean;
  readonly warnings: readonly string[];
  readonly milliseconds: number;
}

/**
 * Brings a lab to what its topology says: from nothing, from half-way, or from an earlier version.
 * @throws TopologyError, LockedError, LockFileError, NameTakenError, CapabilityError; ApplyError when the kernel refused a step
 */
export async function up(source: Source, options: UpOptions = {}): Promise<UpResult> {
  const started = monotonic();
  checkOptions(options, UP_OPTIONS);
  const topology = load(source);
  requirePrivilege(`bringing lab "${topology.name}" up`);
  const usesHost = uplinkHosts(topology) > 0;
  requireWayOut(topology);
  using locks = await lockAll(topology.name, usesHost, options);
  return await bringUp(topology, source, locks, options, started);
}

/**
 * Brings a lab that is up to what `change` makes of the topology that it was brought up with, while nobody else changes it.
 * @throws NotFoundError when there is no such lab; the rest as {@link up}
 */
export async function upChanged(
  lab: string,
  options: UpOptions,
  change: (topology: Topology) => TopologyInput,
): Promise<UpResult> {
  const started = monotonic();
  using locks = await lockAll(lab, true, options);
  const saved = savedSource(lab);
  if (saved === undefined) throw notUp(lab);
  const source: Source = { value: change(load(saved)), ...(saved.folder !== undefined && { folder: saved.folder }) };
  const topology = load(source);
  requireWayOut(topology);
  return await bringUp(topology, source, locks, options, started);
}

/** @throws CapabilityError */
function requireWayOut(topology: Topology): void {
  const parts = externalParts(topology);
  if (parts.length > 0) requireUplink(`${listed(parts)} of lab "${topology.name}" need`);
}

/** What is held while a lab is brought up. */
interface Locks extends Disposable {
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
      // Other labs need not wait for programs of this one.
      leaveHost: () => host?.[Symbol.dispose](),
      returnToHost: () => (host === undefined ? Promise.resolve(undefined) : lockHost().catch(() => undefined)),
    },
  );
  const ledAway =
    compiled.state.namespaces[HOST] === undefined ? [] : findDivertedSubnets(compiled.lab).map(describeDivertedSubnet);
  return { ...result, compiled, warnings: [...warnings, ...ledAway], milliseconds: monotonic() - started };
}

interface ConvergeOptions extends UpOptions {
  readonly leaveHost: () => void;
  readonly returnToHost: () => Promise<Lock | undefined>;
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
    noteSettings(labMounts, compiled.state);
    await execute(kernel, operations, progress, { ...options, onNetworkDone: options.leaveHost });
    readBack(kernel, () => planCompiled(compiled));
    forgetSettings(labMounts, compiled.state);
    // Whoever took its uplink away may have been killed before this.
    if (!fresh && compiled.state.namespaces[HOST] === undefined && notedSettings().size > 0)
      await leaveSettings(options);
  } catch (error) {
    kernel.close();
    options.leaveHost();
    using _ = fresh ? await options.returnToHost() : undefined;
    throw await undo(error, labMounts, fresh, progress.done, operations.length);
  }
  kernel.close();
  return { operations, fresh };
}

/** It may have been the last lab that needed settings of the host. */
async function leaveSettings({ signal }: UpOptions): Promise<void> {
  using _ = await lockHost(signal);
  putBackHostSettings(LAB_MARKS);
}

/** After a failure: what a fresh lab made is removed; an older one stays as far as it came, for `up` to finish. */
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
      `lab "${labMounts.lab}" was not brought up: ${reason}; after ${done} of ${total} steps ${outcome}${epilogueOf(error)}`,
      { done, total, rolledBack },
      { cause: error },
    );
  }
  return error instanceof Error ? error : new Error(reason);
}

const isSystemError = (error: unknown): boolean => error instanceof Error && 'syscall' in error;
