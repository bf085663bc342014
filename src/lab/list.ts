import { NetwrightError, naturalOrder } from '../base/index.ts';
import { SyscallError } from '../ffi/index.ts';
import { nodeOf, type ObservedState } from '../state/index.ts';
import { LabMounts, type LabMountNamespace, labNames } from '../netns/index.ts';
import { readHost, type HostReading } from '../observe/index.ts';
import type { Compiled } from '../topology/index.ts';
import { compileSaved, difference, labsInOtherMounts, otherMountsText, UnreadableError } from '../store/index.ts';
import { requireHostNamespace } from '../host/index.ts';
import { observeLab } from './plan.ts';
import { keepingPublished, tablesOfLabs } from '../publish/index.ts';

/** A lab of this machine, in short. */
export interface LabSummary {
  readonly lab: string;
  /**
   * `partial`: something that the topology asks for is missing or different. `unreadable`: what is kept of the lab is not
   * what was written, and nothing says what it should be; `down` removes it.
   * `elsewhere`: it is up in another mount namespace.
   */
  readonly state: 'up' | 'partial' | 'unreadable' | 'elsewhere';
  /** How many steps `up` would take to mend it; absent when the topology is not known. */
  readonly missing?: number;
  /** Why it is not known what the lab should be. */
  readonly problem?: string;
  /** Where it is, when it is elsewhere. */
  readonly elsewhere?: LabMountNamespace;
  readonly nodes: readonly NodeSummary[];
}

/** A node of a lab, in short. `alive` is whether its namespace is there. */
export interface NodeSummary {
  readonly name: string;
  readonly namespace: string;
  readonly alive: boolean;
  readonly addresses: readonly string[];
}

/** Every lab on this machine, whole or in part, as the kernel has it. */
export function list(): LabSummary[] {
  const elsewhere = labsInOtherMounts().map(({ lab, ...where }): LabSummary => {
    const problem = otherMountsText(where);
    return { lab, state: 'elsewhere', nodes: [], problem, elsewhere: where };
  });
  const labs = labNames();
  // The host's, read once for all.
  const host = labs.length > 1 ? readHost(tablesOfLabs()) : undefined;
  return [...labs.map((lab) => summarise(lab, host)), ...elsewhere].toSorted((a, b) => naturalOrder(a.lab, b.lab));
}

function summarise(lab: string, host: HostReading | undefined): LabSummary {
  const labMounts = new LabMounts(lab);
  let compiled: Compiled;
  let actual: ObservedState;
  try {
    requireHostNamespace(lab);
    compiled = compileSaved(lab, host);
    actual = observeLab(lab, compiled.state, host);
  } catch (error) {
    // One lab that cannot be understood must not hide the others.
    if (!(error instanceof NetwrightError) || error instanceof SyscallError) throw error;
    const nodes = labMounts.names().flatMap((namespace) => {
      const name = nodeOf(namespace);
      return name === undefined ? [] : [{ name, namespace, alive: labMounts.alive(namespace), addresses: [] }];
    });
    const state = error instanceof UnreadableError ? 'unreadable' : 'partial';
    return { lab, state, nodes, problem: error.message };
  }
  const missing = difference(keepingPublished(lab, compiled.state, actual), actual).length;
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
