import { lstatSync, readdirSync } from 'node:fs';
import { checkOptions } from '../base/index.ts';
import { NameTakenError } from '../apply/index.ts';
import { HOST, type NetworkState, type ObservedState } from '../state/index.ts';
import { linkTarget, namespacePath, NETNS_DIRECTORY, NETNS_ETC_DIRECTORY, LabMounts } from '../netns/index.ts';
import type { Operation } from '../plan/index.ts';
import { observe, type HostReader, type Scope } from '../observe/index.ts';
import { uplinkAddressCount, type Compiled, type Topology } from '../topology/index.ts';
import {
  compileForHost,
  type CompiledForHost,
  difference,
  refuseInOtherMounts,
  refuseUnpropagated,
  changedSettingNames,
  load,
  type Source,
} from '../store/index.ts';
import {
  hostParts,
  refuseTakenOnHost,
  requireHostNamespace,
  describeDivertedSubnet,
  findDivertedSubnets,
  refuseGlobalSysctls,
  hostForwardBlockers,
  type ForwardBlocker,
} from '../host/index.ts';
import { requirePrivilege } from '../proc/index.ts';
import { missingAddressWarnings, newPorts, requireFreePorts } from '../publish/index.ts';

/** The difference between a topology and the kernel's state: what `planLab()` reports and `Lab.up()` executes. */
export interface LabOperations {
  /** The topology compiled for this host. */
  readonly compiled: Compiled;
  /** The operations, in order of execution; empty if the kernel's state already matches the topology. */
  readonly operations: readonly Operation[];
  /** What is valid but may surprise: in the topology, and in the host's routes, firewall and resolver. */
  readonly warnings: readonly string[];
}

/** What `Lab.up()` would do. */
export interface LabPlan extends LabOperations {
  /** The lab's name. */
  readonly lab: string;
  /** Whether any part of the lab exists already. */
  readonly exists: boolean;
}

/** Options of `planLab()`. */
export interface PlanOptions {
  /**
   * Compares with all namespaces that have the lab's names, whichever program created them, for example a script that
   * `netwright script` printed. `up` changes only namespaces that Netwright created, and refuses others. False by
   * default.
   */
  readonly foreign?: boolean;
}

/**
 * Computes what `Lab.up()` would do to make the kernel's state match a topology. Changes nothing and takes no lock.
 * While another process brings the lab up or down, the plan is what is left to do at this moment.
 * @param source `{ value }` with a topology, or `{ file, text }` with the path and text of a topology file
 * @throws TopologyError if the topology is invalid; UsageError if an argument is
 * @throws NameTakenError, PortTakenError, OtherMountNamespaceError, OtherNamespaceError as `Lab.up()` would
 * @throws CapabilityError without the privilege to enter namespaces
 * @example
 * const topology = { name: 'pair', networks: { lan: { subnet: '10.0.0.0/24' } }, nodes: { a: { networks: ['lan'] } } };
 * const { operations } = planLab({ value: topology });
 */
export function planLab(source: Source, options: PlanOptions = {}): LabPlan {
  checkOptions(options, { foreign: 'flag' });
  const { foreign = false } = options;
  const topology = load(source);
  const lab = topology.name;
  requirePrivilege(`reading the namespaces of lab "${lab}"`);
  const prepared = prepare(topology);
  const { compiled } = prepared;
  const warnings = [...prepared.warnings, ...divertedSubnetWarnings(compiled)];
  if (foreign) return { lab, compiled, warnings, ...planForeign(compiled) };
  return { lab, operations: planCompiled(compiled), compiled, warnings, exists: new LabMounts(lab).mounted };
}

/** Warnings about subnets of a lab with an uplink that routing rules of the host divert. */
export const divertedSubnetWarnings = ({ lab, state }: Compiled): string[] =>
  state.namespaces[HOST] === undefined ? [] : findDivertedSubnets(lab).map(describeDivertedSubnet);

/** Compiles a topology for this host, with warnings about what on the host will block the lab's packets. */
export function prepare(topology: Topology): CompiledForHost {
  requireHostNamespace(topology.name);
  const { compiled, warnings } = compileForHost(topology);
  refuseGlobalSysctls(compiled.state);
  const blockers = uplinkAddressCount(topology) === 0 ? [] : hostForwardBlockers().map(describeBlocker);
  const missingAddresses = missingAddressWarnings(
    Object.values(topology.nodes ?? {}).flatMap((node) => node?.publish ?? []),
  );
  return { compiled, warnings: [...warnings, ...missingAddresses, ...blockers] };
}

const describeBlocker = ({ table, chain, hint }: ForwardBlocker): string =>
  `the host drops forwarded packets in table "${table}", chain "${chain}": ${hint}`;

/**
 * The operations that turn the kernel's current state of a lab into the required one.
 * @throws NameTakenError, PortTakenError, OtherMountNamespaceError
 */
export function planCompiled({ lab, state }: Compiled): Operation[] {
  const labMounts = new LabMounts(lab);
  const actual = observeLab(lab, state);
  const { links = {}, tables = {} } = actual.namespaces[HOST] ?? {};
  refuseInOtherMounts(labMounts, Object.keys(links).length + Object.keys(tables).length > 0);
  refuseTakenNames(labMounts, state, actual);
  requireFreePorts(lab, newPorts(lab, state, actual));
  const operations = difference(state, actual);
  refuseUnpropagated(labMounts, operations);
  return operations;
}

/** The same, from the state of all namespaces that have the lab's names, whoever created them. */
function planForeign({ lab, state }: Compiled): Pick<LabPlan, 'operations' | 'exists'> {
  const actual = observe({ ...labScope(lab, state), foreign: true });
  return {
    operations: difference(state, actual),
    exists: Object.keys(actual.namespaces).some((name) => name !== HOST),
  };
}

/**
 * Reads the state of a lab from the kernel, as far as it is compared with `wanted`.
 * @param hostReading the host's state, if it was read before
 */
export const observeLab = (lab: string, wanted: NetworkState, hostReading?: HostReader): ObservedState =>
  observe({ ...labScope(lab, wanted), ...(hostReading !== undefined && { hostReading }) });

/** What to read from the kernel of a lab to compare it with `wanted`. */
export function labScope(lab: string, wanted: NetworkState): Scope {
  const made = changedSettingNames(new LabMounts(lab));
  return {
    lab,
    host: hostParts(lab),
    sysctls: (namespace) => {
      const keys = Object.keys(wanted.namespaces[namespace]?.sysctls ?? {});
      return made[namespace] === undefined ? keys : new Set([...keys, ...made[namespace]]);
    },
  };
}

/** @throws NameTakenError if a name that the lab needs exists and belongs to something else */
export function refuseTakenNames(labMounts: LabMounts, wanted: NetworkState, actual: ObservedState): void {
  const taken = new Set([NETNS_DIRECTORY, NETNS_ETC_DIRECTORY].flatMap(entriesOf));
  for (const [name, state] of Object.entries(wanted.namespaces)) {
    if (name === HOST) refuseTakenOnHost(state, actual.namespaces[HOST]);
    if (!taken.has(name)) continue;
    if (exists(namespacePath(name)) && !labMounts.owns(name)) {
      throw new NameTakenError(
        `a network namespace named "${name}" that does not belong to this lab exists; remove it (ip netns del ${name}) or rename the lab; \`netwright plan --foreign\` compares with namespaces of other programs`,
      );
    }
    const files = `${NETNS_ETC_DIRECTORY}/${name}`;
    if (exists(files) && linkTarget(files)?.startsWith(`${labMounts.root}/`) !== true) {
      throw new NameTakenError(`${files} exists and does not belong to this lab; move it away or rename the lab`);
    }
  }
}

/** The names in a folder; none if there is no such folder. */
const entriesOf = (path: string): string[] => (exists(path) ? readdirSync(path) : []);

const exists = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;
