import { monotonic } from '../base/index.ts';
import { namespaceInode } from './nsfs.ts';
import { commandOf, namespaceOf, ownNamespace, processIds, threadNamespaces } from '../proc/index.ts';
import type { LabMounts } from './lab-mounts.ts';

/** A process in a network namespace, with its command line. */
export interface NodeProcess {
  readonly pid: number;
  readonly namespace: string;
  readonly command: string;
}

interface OtherProcess {
  readonly pid: number;
  /** As `net:[4026531840]`. */
  readonly net: string;
}

/** The processes that are in another network namespace than this one. */
function otherProcesses(): OtherProcess[] {
  const own = ownNamespace('net');
  const others: OtherProcess[] = [];
  for (const pid of processIds()) {
    const net = namespaceOf(pid, 'net');
    if (net !== undefined && net !== own) others.push({ pid, net });
  }
  return others;
}

/** The processes in a lab's namespaces, whoever started them: all processes in /proc are searched. */
export function processesIn(labMounts: LabMounts, namespaces: readonly string[]): NodeProcess[] {
  return classify(labMounts, namespaces).known;
}

/**
 * As {@link processesIn}, and also processes in network namespaces without a name: the name of a namespace can be
 * removed while processes are still in it.
 * @param belongs returns the name of the lab's namespace to which the process belongs, given its namespace
 *   (`net:[4026531840]`); undefined if it does not belong to the lab
 */
export function processesOf(
  labMounts: LabMounts,
  namespaces: readonly string[],
  belongs: (pid: number, net: string) => string | undefined,
): NodeProcess[] {
  const { known, unknown } = classify(labMounts, namespaces);
  const strays = unknown.flatMap(({ pid, net }): NodeProcess[] => {
    const namespace = belongs(pid, net);
    return namespace === undefined ? [] : [{ pid, namespace, command: commandOf(pid) }];
  });
  return [...known, ...strays];
}

function classify(
  labMounts: LabMounts,
  namespaces: readonly string[],
): { known: NodeProcess[]; unknown: OtherProcess[] } {
  const others = otherProcesses();
  // In most cases there are none, and a thousand namespaces need not be looked up.
  if (others.length === 0) return { known: [], unknown: [] };
  const byInode = new Map(
    namespaces
      .filter((name) => labMounts.alive(name))
      .map((name) => [`net:[${namespaceInode(labMounts.path(name))}]`, name]),
  );
  const known: NodeProcess[] = [];
  const unknown: OtherProcess[] = [];
  for (const { pid, net } of others) {
    const namespace = byInode.get(net);
    if (namespace === undefined) unknown.push({ pid, net });
    else if (!isVisiting(pid)) known.push({ pid, namespace, command: commandOf(pid) });
  }
  return { known, unknown };
}

/**
 * True if a process is in the namespace only for a moment and only with its first thread, as another command of this
 * library that inspects the lab: then another of its threads is in the network namespace of this process.
 */
function isVisiting(pid: number): boolean {
  const own = ownNamespace('net');
  for (const namespace of threadNamespaces(pid, 'net')) if (namespace === own) return true;
  return false;
}

/**
 * The signal to end a process with, and the milliseconds until it is killed, counted from the start of {@link endAll}.
 */
export interface StopPolicy {
  readonly signal: NodeJS.Signals;
  readonly grace: number;
}

/**
 * Ends processes until `find` returns none, so that processes which start in the meantime end, too. Each gets its
 * signal once, and SIGKILL when its grace is over.
 * @returns the processes that got a signal
 */
export async function endAll<P extends { readonly pid: number }>(
  find: () => readonly P[],
  policyOf: (target: P) => StopPolicy,
): Promise<P[]> {
  const signalled = new Map<number, P>();
  const begin = monotonic();
  for (;;) {
    const processes = find();
    if (processes.length === 0) return [...signalled.values()];
    for (const target of processes) {
      const { signal, grace } = policyOf(target);
      const late = monotonic() - begin > grace;
      if (late || !signalled.has(target.pid)) signalProcess(target.pid, late ? 'SIGKILL' : signal);
      // Keep the first record: a process that is about to end has less to show.
      if (!signalled.has(target.pid)) signalled.set(target.pid, target);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Sends a signal. Does nothing if the process has ended. @throws ErrnoException EPERM */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
