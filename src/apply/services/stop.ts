import { endAll, type StopPolicy, type NodeProcess, type LabMounts } from '../../netns/index.ts';
import { selfAndAncestors, statOf } from '../../proc/index.ts';
import {
  nodeProcesses,
  serviceOf,
  serviceProcesses,
  type NonServiceProcesses,
  type ServiceProcess,
} from '../../observe/index.ts';

/** The stop policy for a process of a service. The supervisor is ended by SIGTERM, which it handles. */
export const stopPolicyOf = ({ supervising, spec }: ServiceProcess): StopPolicy => ({
  signal: supervising ? 'SIGTERM' : (spec.stop.signal as NodeJS.Signals),
  grace: spec.stop.timeout,
});

/**
 * Ends all processes of a service: those with its mark, and those that share a session with them or descend from them.
 * If the service's spec file is missing, it sends SIGTERM.
 * @param nonService a cache of processes to skip; pass the same map to stop another service of the node
 */
export async function stopService(
  labMounts: LabMounts,
  namespace: string,
  name: string,
  nonService: NonServiceProcesses = new Map(),
): Promise<void> {
  const excluded = selfAndAncestors();
  const sessions = new Set<number>();
  let stopPolicy: StopPolicy | undefined;
  const policies = new Map<number, StopPolicy>();
  const find = (): NodeProcess[] => {
    const all = nodeProcesses(labMounts, namespace, nonService);
    const marked = all.filter((process) => serviceOf(labMounts, process) === name);
    for (const process of serviceProcesses(labMounts, marked)) {
      policies.set(process.pid, stopPolicyOf(process));
      const { signal, timeout } = process.spec.stop;
      stopPolicy ??= { signal: signal as NodeJS.Signals, grace: timeout };
    }
    for (const { pid } of marked) {
      const { session } = statOf(pid) ?? {};
      if (session !== undefined) sessions.add(session);
    }
    return treeOf(all, new Set(marked.map(({ pid }) => pid)), sessions).filter(({ pid }) => !excluded.has(pid));
  };
  await endAll(find, ({ pid }) => policies.get(pid) ?? stopPolicy ?? DEFAULT_STOP_POLICY);
}

/** The stop policy of a service with an unknown spec: SIGTERM, and SIGKILL after 2000 ms. */
const DEFAULT_STOP_POLICY: StopPolicy = { signal: 'SIGTERM', grace: 2000 };

function treeOf(all: readonly NodeProcess[], roots: Set<number>, sessions: ReadonlySet<number>): NodeProcess[] {
  const parents = new Map<number, number>();
  for (const { pid } of all) {
    const stat = statOf(pid);
    if (stat === undefined) continue;
    parents.set(pid, stat.parent);
    if (sessions.has(stat.session)) roots.add(pid);
  }
  const belongs = (pid: number): boolean => {
    const visited = new Set<number>();
    for (let current: number | undefined = pid; current !== undefined && !visited.has(current);) {
      if (roots.has(current)) return true;
      visited.add(current);
      current = parents.get(current);
    }
    return false;
  };
  return all.filter(({ pid }) => belongs(pid));
}
