import { stopPolicyOf } from './services/index.ts';
import {
  endAll,
  processesIn,
  signalProcess,
  type StopPolicy,
  type NodeProcess,
  type LabMounts,
} from '../netns/index.ts';
import { selfAndAncestors } from '../proc/index.ts';
import { labProcesses, serviceProcesses } from '../observe/index.ts';

/** How processes that are no service's are told to end, and how long they have, in milliseconds. */
const USUAL: StopPolicy = { signal: 'SIGTERM', grace: 2000 };

export interface Ended {
  readonly ended: readonly NodeProcess[];
  /** Left alone: this process and those that started it. */
  readonly spared: readonly NodeProcess[];
}

/** Ends the processes in a lab's namespaces, services as they wish to be and others by SIGTERM first, until none is left. */
export async function endProcesses(labMounts: LabMounts, namespaces: readonly string[]): Promise<Ended> {
  const mine = selfAndAncestors();
  const stopPolicies = new Map<number, StopPolicy>();
  const supervisors = new Set<number>();
  let spared: NodeProcess[] = [];
  const find = (): NodeProcess[] => {
    const found = labProcesses(labMounts, namespaces);
    spared = found.filter(({ pid }) => mine.has(pid));
    const others = found.filter(({ pid }) => !mine.has(pid));
    const fresh = others.filter(({ pid }) => !stopPolicies.has(pid));
    for (const { pid } of fresh) stopPolicies.set(pid, USUAL);
    for (const one of serviceProcesses(labMounts, fresh)) {
      stopPolicies.set(one.pid, stopPolicyOf(one));
      if (one.supervising) supervisors.add(one.pid);
    }
    return others;
  };
  const ended = await endAll(find, ({ pid }) => stopPolicies.get(pid) ?? USUAL);
  // Ours, and no program that anybody runs.
  return { ended: ended.filter(({ pid }) => !supervisors.has(pid)), spared };
}

/** Kills the processes that are in a lab's namespaces now. */
export function killProcesses(labMounts: LabMounts, namespaces: readonly string[]): void {
  const mine = selfAndAncestors();
  for (const { pid } of processesIn(labMounts, namespaces)) if (!mine.has(pid)) signalProcess(pid, 'SIGKILL');
}
