import { readlinkSync } from 'node:fs';
import { processIds, processName, rowsOf, socketsOf } from '../netns/index.ts';

/** A process in a sandbox, by its id here. */
export interface Culprit {
  readonly pid: number;
  readonly process: string;
}

/**
 * Who has the socket with this local port, in a network namespace (`net:[4026531840]`). A socket that is closed by now is
 * in no table any more: then it is the only process there is that might have had it, or nobody.
 */
export function ownerOf(namespace: string, protocol: string, port: number | undefined): Culprit | undefined {
  // Their names first: they may not be there for long.
  const names = new Map(processesIn(namespace).map((pid) => [pid, processName(pid) ?? '?']));
  const pids = [...names.keys()];
  const named = (pid: number): Culprit => ({ pid, process: names.get(pid)! });
  const [first] = pids;
  if (first === undefined) return undefined;
  const inode = port === undefined ? undefined : inodeOf(first, protocol, port);
  if (inode !== undefined) {
    const pid = pids.find((one) => socketsOf(one).includes(inode));
    if (pid !== undefined) return named(pid);
  }
  const local = new Set([...unixSockets('self'), ...unixSockets(first)]);
  const candidates = pids.length === 1 ? pids : pids.filter((pid) => socketsOf(pid).some((one) => !local.has(one)));
  return candidates.length === 1 ? named(candidates[0]!) : undefined;
}

function processesIn(namespace: string): number[] {
  return (attempt(processIds) ?? []).filter((pid) => attempt(() => readlinkSync(`/proc/${pid}/ns/net`)) === namespace);
}

/** The inode of a socket by its local port, of both families: proc_pid_net(5). */
function inodeOf(pid: number, protocol: string, port: number): string | undefined {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const table of [protocol, `${protocol}6`]) {
    for (const [, local, , , , , , , , inode] of rowsOf(`/proc/${pid}/net/${table}`))
      if (local?.endsWith(suffix) === true && inode !== undefined && inode !== '0') return inode;
  }
  return undefined;
}

/** The inodes of the UNIX sockets of a process's network namespace: they lead nowhere. */
const unixSockets = (pid: number | 'self'): string[] => rowsOf(`/proc/${pid}/net/unix`).flatMap((row) => row[6] ?? []);

/** Processes end while they are looked at, and this one may have no descriptors left. */
function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
