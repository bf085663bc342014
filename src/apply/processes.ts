import { farewellOf } from './services/stop.ts';
import {
  endAll,
  ownLine,
  processesIn,
  signalProcess,
  type Farewell,
  type NodeProcess,
  type Pins,
} from '../netns/index.ts';
import { labProcesses, serviceProcesses } from '../observe/index.ts';

/** How processes that are no service's are told to end, and how long they have, in milliseconds. */
const USUAL: Farewell = { signal: 'SIGTERM', grace: 2000 };

export interface Ended {
  readonly ended: readonly NodeProcess[];
  /** Left alone: this process and those that started it. */
  readonly spared: readonly NodeProcess[];
}

/** Ends the processes in a lab's namespaces, services as they wish to be and others by SIGTERM first, until none is left. */
export async function endProcesses(pins: Pins, namespaces: readonly string[]): Promise<Ended> {
  const mine = ownLine();
  const farewells = new Map<number, Farewell>();
  const supervisors = new Set<number>();
  let spared: NodeProcess[] = [];
  const find = (): NodeProcess[] => {
    const found = labProcesses(pins, namespaces);
    spared = found.filter(({ pid }) => mine.has(pid));
    const others = found.filter(({ pid }) => !mine.has(pid));
    const fresh = others.filter(({ pid }) => !farewells.has(pid));
    for (const { pid } of fresh) farewells.set(pid, USUAL);
    for (const one of serviceProcesses(pins, fresh)) {
      farewells.set(one.pid, farewellOf(one));
      if (one.supervising) supervisors.add(one.pid);
    }
    return others;
  };
  const ended = await endAll(find, ({ pid }) => farewells.get(pid) ?? USUAL);
  // Ours, and no program that anybody runs.
  return { ended: ended.filter(({ pid }) => !supervisors.has(pid)), spared };
}

/** Kills the processes that are in a lab's namespaces now. */
export function killProcesses(pins: Pins, namespaces: readonly string[]): void {
  const mine = ownLine();
  for (const { pid } of processesIn(pins, namespaces)) if (!mine.has(pid)) signalProcess(pid, 'SIGKILL');
}
