import { lstatSync, readdirSync } from 'node:fs';
import { checkOptions } from '../base/index.ts';
import { NameTakenError } from '../apply/index.ts';
import { HOST, type NetworkState, type ObservedState } from '../state/index.ts';
import { linkTarget, namespacePath, NETNS_DIRECTORY, NETNS_ETC_DIRECTORY, LabMounts } from '../netns/index.ts';
import type { Operation } from '../plan/index.ts';
import { observe, type HostReading, type Scope } from '../observe/index.ts';
import { uplinkHosts, type Compiled, type Topology } from '../topology/index.ts';
import {
  compileHere,
  type CompiledHere,
  difference,
  refuseInOtherMounts,
  refuseUnpropagated,
  madeSettings,
  load,
  type Source,
} from '../store/index.ts';
import {
  hostParts,
  refuseTakenOnHost,
  requireHostNamespace,
  describeDivertedSubnet,
  findDivertedSubnets,
  refuseMachineSettings,
  hostForwardBlockers,
  type ForwardBlocker,
} from '../host/index.ts';
import { requirePrivilege } from '../proc/index.ts';
import { missingAddressWarnings, newPorts, refuseTakenPorts } from '../publish/index.ts';

/** What bringing a lab up would do. */
export interface LabPlan {
  readonly lab: string;
  /** What `up` would do, in order; empty when everything is as it should be. */
  readonly operations: readonly Operation[];
  readonly compiled: Compiled;
  readonly warnings: readonly string[];
  /** Whether there is anything of the lab yet. */
  readonly exists: boolean;
}

/** What `planLab()` compares a topology with. */
export interface PlanOptions {
  /**
   * Compare with the namespaces of the lab's names, whoever made them: a script that `netwright script` printed, say. Only
   * those that are Netwright's are `up`'s to change; it refuses others.
   */
  readonly foreign?: boolean;
}

/**
 * What `up` would do to bring a lab to what its topology says. Reads, and changes nothing: it takes no lock, and works
 * while another process brings the lab up or down, when it tells what is left to do at this moment.
 * @throws TopologyError; NameTakenError when `up` would refuse too; CapabilityError without the privilege that looking
 *   into namespaces takes
 */
export function planLab(source: Source, options: PlanOptions = {}): LabPlan {
  checkOptions(options, { foreign: 'flag' });
  const { foreign = false } = options;
  const topology = load(source);
  const lab = topology.name;
  requirePrivilege(`reading the namespaces of lab "${lab}"`);
  const prepared = prepare(topology);
  const { compiled } = prepared;
  const ledAway =
    compiled.state.namespaces[HOST] === undefined ? [] : findDivertedSubnets(lab).map(describeDivertedSubnet);
  const warnings = [...prepared.warnings, ...ledAway];
  if (foreign) return { lab, compiled, warnings, ...planForeign(compiled) };
  return { lab, operations: planCompiled(compiled), compiled, warnings, exists: new LabMounts(lab).mounted };
}

/** Compiles for this machine, and says what of the machine will hinder the lab. */
export function prepare(topology: Topology): CompiledHere {
  requireHostNamespace(topology.name);
  const { compiled, warnings } = compileHere(topology);
  refuseMachineSettings(compiled.state);
  const blockers = uplinkHosts(topology) === 0 ? [] : hostForwardBlockers().map(describeBlocker);
  const nowhere = missingAddressWarnings(Object.values(topology.nodes ?? {}).flatMap((node) => node?.publish ?? []));
  return { compiled, warnings: [...warnings, ...nowhere, ...blockers] };
}

const describeBlocker = ({ table, chain, hint }: ForwardBlocker): string =>
  `the host drops forwarded packets in table "${table}", chain "${chain}": ${hint}`;

/** The steps from what the kernel holds of a lab to what it should. @throws NameTakenError, PortTakenError, OtherMountNamespaceError */
export function planCompiled({ lab, state }: Compiled): Operation[] {
  const labMounts = new LabMounts(lab);
  const actual = observeLab(lab, state);
  const { links = {}, tables = {} } = actual.namespaces[HOST] ?? {};
  refuseInOtherMounts(labMounts, Object.keys(links).length + Object.keys(tables).length > 0);
  refuseTakenNames(labMounts, state, actual);
  refuseTakenPorts(lab, newPorts(lab, state, actual));
  const operations = difference(state, actual);
  refuseUnpropagated(labMounts, operations);
  return operations;
}

/** The steps from what is there under the lab's names to what should be. */
function planForeign({ lab, state }: Compiled): Pick<LabPlan, 'operations' | 'exists'> {
  const actual = observe({ ...labScope(lab, state), foreign: true });
  return {
    operations: difference(state, actual),
    exists: Object.keys(actual.namespaces).some((name) => name !== HOST),
  };
}

/**
 * What the kernel holds of a lab, as far as `wanted` is interested.
 * @param hostReading what has been read of the host already
 */
export const observeLab = (lab: string, wanted: NetworkState, hostReading?: HostReading): ObservedState =>
  observe({ ...labScope(lab, wanted), ...(hostReading !== undefined && { hostReading }) });

/** What to observe of a lab, as far as `wanted` is interested. */
export function labScope(lab: string, wanted: NetworkState): Scope {
  const made = madeSettings(new LabMounts(lab));
  return {
    lab,
    host: hostParts(lab),
    sysctls: (namespace) => {
      const keys = Object.keys(wanted.namespaces[namespace]?.sysctls ?? {});
      return made[namespace] === undefined ? keys : new Set([...keys, ...made[namespace]]);
    },
  };
}

/** Names that the lab needs, and that lead somewhere else, are not ours to change. */
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

/** What a folder holds; nothing when there is none. */
const entriesOf = (path: string): string[] => (exists(path) ? readdirSync(path) : []);

const exists = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;
