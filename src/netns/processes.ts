import { monotonic } from '../base/index.ts';
import { namespaceInode } from './nsfs.ts';
import { commandOf, namespaceOf, ownNamespace, processIds, threadNamespaces } from '../proc/index.ts';
import type { LabMounts } from './lab-mounts.ts';

/** A process in a namespace, with its command line. */
export interface NodeProcess {
  readonly pid: number;
  readonly namespace: string;
  readonly command: string;
}

interface Outsider {
  readonly pid: number;
  /** Its network namespace, as `net:[4026531840]`. */
  readonly net: string;
}

/** The processes whose network namespace is another than this one's, each with that, as `net:[4026531840]`. */
function processesElsewhere(): Outsider[] {
  const own = ownNamespace('net');
  const elsewhere: Outsider[] = [];
  for (const pid of processIds()) {
    const net = namespaceOf(pid, 'net');
    if (net !== undefined && net !== own) elsewhere.push({ pid, net });
  }
  return elsewhere;
}

/** The processes that run in a lab's namespaces: found by looking, whoever started them. */
export function processesIn(labMounts: LabMounts, namespaces: readonly string[]): NodeProcess[] {
  return sorted(labMounts, namespaces).known;
}

/**
 * As {@link processesIn}, and those that `belongs` knows of other namespaces (`net:[4026531840]`): a name may have been taken
 * from a namespace that processes still are in.
 */
export function processesOf(
  labMounts: LabMounts,
  namespaces: readonly string[],
  belongs: (pid: number, net: string) => string | undefined,
): NodeProcess[] {
  const { known, unknown } = sorted(labMounts, namespaces);
  const strays = unknown.flatMap(({ pid, net }): NodeProcess[] => {
    const namespace = belongs(pid, net);
    return namespace === undefined ? [] : [{ pid, namespace, command: commandOf(pid) }];
  });
  return [...known, ...strays];
}

function sorted(labMounts: LabMounts, namespaces: readonly string[]): { known: NodeProcess[]; unknown: Outsider[] } {
  const elsewhere = processesElsewhere();
  // Most often there are none, and a thousand namespaces need not be looked up.
  if (elsewhere.length === 0) return { known: [], unknown: [] };
  const byInode = new Map(
    namespaces
      .filter((name) => labMounts.alive(name))
      .map((name) => [`net:[${namespaceInode(labMounts.path(name))}]`, name]),
  );
  const known: NodeProcess[] = [];
  const unknown: Outsider[] = [];
  for (const { pid, net } of elsewhere) {
    const namespace = byInode.get(net);
    if (namespace === undefined) unknown.push({ pid, net });
    else if (!isVisiting(pid)) known.push({ pid, namespace, command: commandOf(pid) });
  }
  return { known, unknown };
}

/**
 * Whether a process is there for a moment, by its first thread alone, as another command of this library's that looks at the
 * lab: others of its threads are where this process is.
 */
function isVisiting(pid: number): boolean {
  const own = ownNamespace('net');
  for (const namespace of threadNamespaces(pid, 'net')) if (namespace === own) return true;
  return false;
}

/** How a process is told to end, and how long after the first was told so it is killed, in milliseconds. */
export interface StopPolicy {
  readonly signal: NodeJS.Signals;
  readonly grace: number;
}

/**
 * Ends processes, each told once and killed when it is late, until `find` finds none: those that come while others go are
 * ended, too.
 * @returns those that were told
 */
export async function endAll<P extends { readonly pid: number }>(
  find: () => readonly P[],
  how: (one: P) => StopPolicy,
): Promise<P[]> {
  const told = new Map<number, P>();
  const begin = monotonic();
  for (;;) {
    const found = find();
    if (found.length === 0) return [...told.values()];
    for (const one of found) {
      const { signal, grace } = how(one);
      const late = monotonic() - begin > grace;
      if (late || !told.has(one.pid)) signalProcess(one.pid, late ? 'SIGKILL' : signal);
      // As it was first seen: of one that is about to end there is less to see.
      if (!told.has(one.pid)) told.set(one.pid, one);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Sends a signal; nothing when the process has gone. @throws ErrnoException EPERM */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
