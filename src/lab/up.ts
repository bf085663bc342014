import { lstatSync } from 'node:fs';
import { NetwrightError } from '../base/error.ts';
import { ApplyError, execute, Kernel, Lock, NameTakenError, tearDown, type Progress } from '../apply/index.ts';
import { namespacePath, Pins } from '../netns/index.ts';
import { plan, type Operation } from '../plan/index.ts';
import { HOST, type NetworkState } from '../model/index.ts';
import { observe } from '../state/index.ts';
import { uplinkHosts, type Compiled, type Topology } from '../topology/index.ts';
import { compileHere } from './compiled.ts';
import { hostForwardBlockers, type ForwardBlocker } from './doctor/index.ts';
import { hostNames } from './down.ts';
import { requirePrivilege } from './privilege.ts';
import { load, openFolder, saveSource, type Source } from './store.ts';

export interface UpOptions {
  /** How long to wait for another process that is changing the lab, in milliseconds; 0 by default. */
  readonly wait?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
  /** Called after each operation has reached the kernel: for diagnostics; costs a round trip each. */
  readonly onOperation?: (operation: Operation, index: number) => void;
}

export interface UpResult {
  readonly compiled: Compiled;
  /** What was done; empty when everything was as it should be. */
  readonly operations: readonly Operation[];
  /** Whether the lab was not there before. */
  readonly fresh: boolean;
  readonly warnings: readonly string[];
  readonly milliseconds: number;
}

/** Held while a lab chooses its uplink and until the host has it, so that two labs do not choose the same. */
const HOST_LOCK = 'host.';
const HOST_LOCK_WAIT = 30_000;

/**
 * Brings a lab to what its topology says: from nothing, from half-way, or from an earlier version.
 * @throws TopologyError, LockedError, NameTakenError, CapabilityError; ApplyError when the kernel refused a step
 */
export async function up(source: Source, options: UpOptions = {}): Promise<UpResult> {
  const started = performance.now();
  const topology = load(source);
  requirePrivilege(`bringing lab "${topology.name}" up`);
  using _ = await Lock.wait(topology.name, options.wait ?? 0, options.signal);
  const hostLock = await lockHost(topology, options.signal);
  try {
    const { compiled, warnings } = compileHere(topology);
    const blockers = hostLock === undefined ? [] : hostForwardBlockers().map(describeBlocker);
    const result = await converge(compiled, source, options);
    return { ...result, compiled, warnings: [...warnings, ...blockers], milliseconds: performance.now() - started };
  } finally {
    hostLock?.[Symbol.dispose]();
  }
}

/** Takes the host's lock when a lab reaches out, for its caller to give back. */
const lockHost = async (topology: Topology, signal?: AbortSignal): Promise<Lock | undefined> =>
  uplinkHosts(topology) === 0 ? undefined : Lock.wait(HOST_LOCK, HOST_LOCK_WAIT, signal);

const describeBlocker = ({ table, chain, hint }: ForwardBlocker): string =>
  `the host drops forwarded packets in table "${table}", chain "${chain}": ${hint}`;

/** What the kernel holds of a lab, as far as `wanted` is interested. */
export function observeLab(lab: string, wanted: NetworkState): NetworkState {
  return observe({
    lab,
    host: hostNames(lab),
    sysctls: (namespace) => Object.keys(wanted.namespaces[namespace]?.sysctls ?? {}),
  });
}

async function converge(
  compiled: Compiled,
  source: Source,
  options: UpOptions,
): Promise<Pick<UpResult, 'operations' | 'fresh'>> {
  const { lab, state } = compiled;
  const pins = new Pins(lab);
  refuseTakenNames(pins, state);
  const operations = plan(state, observeLab(lab, state));
  const fresh = openFolder(pins);
  const kernel = new Kernel(pins);
  const progress: Progress = { done: 0 };
  try {
    saveSource(pins, source);
    await execute(kernel, operations, progress, options);
  } catch (error) {
    kernel.close();
    throw undo(error, pins, fresh, progress.done, operations.length);
  }
  kernel.close();
  return { operations, fresh };
}

/** Names that the lab needs, and that lead somewhere else, are not ours to change. */
function refuseTakenNames(pins: Pins, state: NetworkState): void {
  for (const name in state.namespaces) {
    if (name === HOST || lstatSync(namespacePath(name), { throwIfNoEntry: false }) === undefined || pins.owns(name))
      continue;
    throw new NameTakenError(
      `a network namespace named "${name}" exists already and is not this lab's; remove it (ip netns del ${name}) or rename the lab`,
    );
  }
}

/** After a failure: what a fresh lab made is removed; an older one stays as far as it came, for `up` to finish. */
function undo(error: unknown, pins: Pins, fresh: boolean, done: number, total: number): Error {
  const reason = error instanceof Error ? error.message : String(error);
  let outcome = `the lab existed before and was left as it is now; run \`up\` again to finish it, or \`down ${pins.lab}\``;
  let rolledBack = false;
  if (fresh) {
    const { failures } = tearDown(pins, hostNames(pins.lab));
    rolledBack = failures.length === 0;
    outcome = rolledBack
      ? 'everything this run had made was removed'
      : `removing what this run had made failed too (${failures.map(String).join('; ')}); run \`down ${pins.lab}\``;
  }
  if (error instanceof NetwrightError || isSystemError(error)) {
    return new ApplyError(
      `lab "${pins.lab}" was not brought up: ${reason}; after ${done} of ${total} steps ${outcome}`,
      { done, total, rolledBack },
      { cause: error },
    );
  }
  return error instanceof Error ? error : new Error(reason);
}

const isSystemError = (error: unknown): boolean => error instanceof Error && 'syscall' in error;
