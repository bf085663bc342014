import { NetwrightError } from '../base/error.ts';
import type { TableState } from '../model/index.ts';
import { Pins } from '../netns/index.ts';
import type { Compiled } from '../topology/index.ts';
import { compileSaved } from './compiled.ts';
import { difference } from './difference.ts';
import { requireHostHere } from './host-namespace.ts';
import { observeLab } from './plan.ts';
import { keepingPublished, tablesOfLabs } from './publish/live.ts';
import { labNames } from './store.ts';

export interface LabSummary {
  readonly lab: string;
  /** `partial`: something that the topology asks for is missing or different. */
  readonly state: 'up' | 'partial';
  /** How many steps `up` would take to mend it; absent when the topology is not known. */
  readonly missing?: number;
  /** Why it is not known what the lab should be. */
  readonly problem?: string;
  readonly nodes: readonly NodeSummary[];
}

export interface NodeSummary {
  readonly name: string;
  readonly namespace: string;
  readonly alive: boolean;
  readonly addresses: readonly string[];
}

/** Every lab on this machine, whole or in part, as the kernel has it. */
export function list(): LabSummary[] {
  const labs = labNames();
  // The host's, read once for all.
  const tables = labs.length > 1 ? tablesOfLabs() : undefined;
  return labs.map((lab) => summarise(lab, tables));
}

function summarise(lab: string, hostTables: readonly TableState[] | undefined): LabSummary {
  const pins = new Pins(lab);
  let compiled: Compiled;
  try {
    requireHostHere(lab);
    compiled = compileSaved(lab);
  } catch (error) {
    // One lab that cannot be understood must not hide the others.
    if (!(error instanceof NetwrightError)) throw error;
    const namespaces = pins.names().filter((name) => name !== lab);
    const nodes = namespaces.map((namespace) => ({
      name: namespace.slice(lab.length + 1),
      namespace,
      alive: pins.alive(namespace),
      addresses: [],
    }));
    return { lab, state: 'partial', nodes, problem: error.message };
  }
  const actual = observeLab(lab, compiled.state, hostTables);
  const missing = difference(keepingPublished(lab, compiled.state, actual), actual).length;
  return {
    lab,
    state: missing === 0 ? 'up' : 'partial',
    missing,
    nodes: Object.entries(compiled.nodes).map(([name, { namespace, interfaces }]) => ({
      name,
      namespace,
      alive: pins.owns(namespace) && pins.alive(namespace),
      addresses: interfaces.flatMap(({ addresses }) => addresses),
    })),
  };
}
