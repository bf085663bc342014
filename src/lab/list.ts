import { NetwrightError, naturalOrder } from '../base/index.ts';
import { SyscallError } from '../ffi/index.ts';
import { nodeOf, type ObservedState } from '../state/index.ts';
import { LabMounts, type LabMountNamespace, labNames } from '../netns/index.ts';
import { readHost, type HostReader } from '../observe/index.ts';
import type { Compiled } from '../topology/index.ts';
import { compileSaved, difference, labsInOtherMounts, otherMountsText, UnreadableError } from '../store/index.ts';
import { requireHostNamespace } from '../host/index.ts';
import { observeLab } from './plan.ts';
import { keepPublishedPorts, tablesOfLabs } from '../publish/index.ts';

/** A lab on this host, in short. */
export interface LabSummary {
  /** The lab's name. */
  readonly lab: string;
  /**
   * `up`: the kernel's state matches the topology. `partial`: something that the topology requires is missing or
   * different. `unreadable`: the stored topology is corrupt, so that the required state is unknown; `down` removes the
   * lab. `elsewhere`: the lab is up in another mount namespace.
   */
  readonly state: 'up' | 'partial' | 'unreadable' | 'elsewhere';
  /** How many operations `up` would need to repair the lab, 0 or more; absent if the topology is unknown. */
  readonly missing?: number;
  /** Why the lab could not be compared with its topology; absent if it could. */
  readonly problem?: string;
  /** The mount namespace in which the lab is up, if `state` is `elsewhere`. */
  readonly elsewhere?: LabMountNamespace;
  /** The nodes in the order of the topology; none if `state` is `elsewhere`. */
  readonly nodes: readonly NodeSummary[];
}

/** A node of a lab, in short. */
export interface NodeSummary {
  readonly name: string;
  /** The name under /run/netns. */
  readonly namespace: string;
  /** Whether its network namespace exists. */
  readonly alive: boolean;
  /** Addresses with prefix length from the topology; none if the topology is unknown. */
  readonly addresses: readonly string[];
}

/**
 * Lists the labs on this host, complete or partial, in the natural order of their names. Compares each with its
 * topology.
 * @throws SyscallError; without root, an error whose `code` is EPERM or EACCES
 */
export function list(): LabSummary[] {
  const inOtherMounts = labsInOtherMounts().map(({ lab, ...mounts }): LabSummary => {
    const problem = otherMountsText(mounts);
    return { lab, state: 'elsewhere', nodes: [], problem, elsewhere: mounts };
  });
  const labs = labNames();
  // Read the host's state once for all labs.
  const host = labs.length > 1 ? readHost(tablesOfLabs()) : undefined;
  return [...labs.map((lab) => summarise(lab, host)), ...inOtherMounts].toSorted((a, b) => naturalOrder(a.lab, b.lab));
}

function summarise(lab: string, host: HostReader | undefined): LabSummary {
  const labMounts = new LabMounts(lab);
  let compiled: Compiled;
  let actual: ObservedState;
  try {
    requireHostNamespace(lab);
    compiled = compileSaved(lab, host);
    actual = observeLab(lab, compiled.state, host);
  } catch (error) {
    // A lab with a fault must not hide the others.
    if (!(error instanceof NetwrightError) || error instanceof SyscallError) throw error;
    const nodes = labMounts.names().flatMap((namespace) => {
      const name = nodeOf(namespace);
      return name === undefined ? [] : [{ name, namespace, alive: labMounts.alive(namespace), addresses: [] }];
    });
    const state = error instanceof UnreadableError ? 'unreadable' : 'partial';
    return { lab, state, nodes, problem: error.message };
  }
  const missing = difference(keepPublishedPorts(lab, compiled.state, actual), actual).length;
  return {
    lab,
    state: missing === 0 ? 'up' : 'partial',
    missing,
    nodes: Object.entries(compiled.nodes).map(([name, { namespace, interfaces }]) => ({
      name,
      namespace,
      alive: labMounts.owns(namespace) && labMounts.alive(namespace),
      addresses: interfaces.flatMap(({ addresses }) => addresses),
    })),
  };
}
