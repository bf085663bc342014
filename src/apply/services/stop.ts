import { endAll, type StopPolicy, type NodeProcess, type LabMounts } from '../../netns/index.ts';
import { selfAndAncestors, statOf } from '../../proc/index.ts';
import {
  nodeProcesses,
  serviceOf,
  serviceProcesses,
  type NonServiceProcesses,
  type ServiceProcess,
} from '../../observe/index.ts';

/** How a process of a service is told to end: what starts the program again by SIGTERM, which it knows. */
export const stopPolicyOf = (one: ServiceProcess): StopPolicy => ({
  signal: one.supervising ? 'SIGTERM' : (one.spec.stop.signal as NodeJS.Signals),
  grace: one.spec.stop.timeout,
});

/**
 * Ends a service with its whole tree of processes: those that have its mark, and of those that have lost it the ones that
 * share a session with them or descend from them. One of which nothing is kept any more is told to end by SIGTERM.
 * @param bystanders what is passed over, to be given again when another service of the node is stopped
 */
export async function stopService(
  labMounts: LabMounts,
  namespace: string,
  name: string,
  bystanders: NonServiceProcesses = new Map(),
): Promise<void> {
  const mine = selfAndAncestors();
  const sessions = new Set<number>();
  let stopPolicy: StopPolicy | undefined;
  const told = new Map<number, StopPolicy>();
  const find = (): NodeProcess[] => {
    const all = nodeProcesses(labMounts, namespace, bystanders);
    const marked = all.filter((one) => serviceOf(labMounts, one) === name);
    for (const one of serviceProcesses(labMounts, marked)) {
      told.set(one.pid, stopPolicyOf(one));
      stopPolicy ??= { signal: one.spec.stop.signal as NodeJS.Signals, grace: one.spec.stop.timeout };
    }
    for (const { pid } of marked) {
      const { session } = statOf(pid) ?? {};
      if (session !== undefined) sessions.add(session);
    }
    return treeOf(all, new Set(marked.map(({ pid }) => pid)), sessions).filter(({ pid }) => !mine.has(pid));
  };
  await endAll(find, ({ pid }) => told.get(pid) ?? stopPolicy ?? UNKNOWN);
}

/** How a service is told to end of which it is not known how it wants to be, and how long it has, in milliseconds. */
const UNKNOWN: StopPolicy = { signal: 'SIGTERM', grace: 2000 };

function treeOf(all: readonly NodeProcess[], roots: Set<number>, sessions: ReadonlySet<number>): NodeProcess[] {
  const parents = new Map<number, number>();
  for (const { pid } of all) {
    const stat = statOf(pid);
    if (stat === undefined) continue;
    parents.set(pid, stat.parent);
    if (sessions.has(stat.session)) roots.add(pid);
  }
  const isInside = (pid: number): boolean => {
    const seen = new Set<number>();
    for (let at: number | undefined = pid; at !== undefined && !seen.has(at); at = parents.get(at)) {
      if (roots.has(at)) return true;
      seen.add(at);
    }
    return false;
  };
  return all.filter(({ pid }) => isInside(pid));
}
