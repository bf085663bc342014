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

/** The stop policy for processes that belong to no service: SIGTERM, and SIGKILL after 2000 ms. */
const DEFAULT_STOP_POLICY: StopPolicy = { signal: 'SIGTERM', grace: 2000 };

export interface Ended {
  readonly ended: readonly NodeProcess[];
  /** Processes that were not ended: this process and its ancestors. */
  readonly spared: readonly NodeProcess[];
}

/** Ends all processes in a lab's namespaces, repeatedly until none is left. Services are ended by their stop policy. */
export async function endProcesses(labMounts: LabMounts, namespaces: readonly string[]): Promise<Ended> {
  const excluded = selfAndAncestors();
  const stopPolicies = new Map<number, StopPolicy>();
  const supervisors = new Set<number>();
  let spared: NodeProcess[] = [];
  const find = (): NodeProcess[] => {
    const found = labProcesses(labMounts, namespaces);
    spared = found.filter(({ pid }) => excluded.has(pid));
    const others = found.filter(({ pid }) => !excluded.has(pid));
    const fresh = others.filter(({ pid }) => !stopPolicies.has(pid));
    for (const { pid } of fresh) stopPolicies.set(pid, DEFAULT_STOP_POLICY);
    for (const process of serviceProcesses(labMounts, fresh)) {
      stopPolicies.set(process.pid, stopPolicyOf(process));
      if (process.supervising) supervisors.add(process.pid);
    }
    return others;
  };
  const ended = await endAll(find, ({ pid }) => stopPolicies.get(pid) ?? DEFAULT_STOP_POLICY);
  // Supervisors are part of Netwright, and not reported.
  return { ended: ended.filter(({ pid }) => !supervisors.has(pid)), spared };
}

/** Sends SIGKILL to the processes that are in a lab's namespaces now. */
export function killProcesses(labMounts: LabMounts, namespaces: readonly string[]): void {
  const excluded = selfAndAncestors();
  for (const { pid } of processesIn(labMounts, namespaces)) if (!excluded.has(pid)) signalProcess(pid, 'SIGKILL');
}
