import {
  namespaceOf,
  netFolder,
  processIds,
  processName,
  socketOnPort,
  socketsOf,
  unixSocketsOf,
} from '../proc/index.ts';

/** A process in a sandbox, by its id here. */
export interface SocketOwner {
  readonly pid: number;
  readonly process: string;
}

/**
 * Who has the socket with this local port, in a network namespace (`net:[4026531840]`). A socket that is closed by now is
 * in no table any more: then it is the only process there is that might have had it, or nobody.
 */
export function socketOwnerOf(namespace: string, protocol: string, port: number | undefined): SocketOwner | undefined {
  // Their names first: they may not be there for long.
  const names = new Map(processesIn(namespace).map((pid) => [pid, processName(pid) ?? '?']));
  const pids = [...names.keys()];
  const named = (pid: number): SocketOwner => ({ pid, process: names.get(pid)! });
  const [first] = pids;
  if (first === undefined) return undefined;
  const inode = port === undefined ? undefined : socketOnPort(netFolder(first), protocol, port);
  if (inode !== undefined) {
    const pid = pids.find((one) => socketsOf(one).includes(inode));
    if (pid !== undefined) return named(pid);
  }
  const local = new Set([...unixSockets('self'), ...unixSockets(first)]);
  const candidates = pids.length === 1 ? pids : pids.filter((pid) => socketsOf(pid).some((one) => !local.has(one)));
  return candidates.length === 1 ? named(candidates[0]!) : undefined;
}

function processesIn(namespace: string): number[] {
  return (attempt(processIds) ?? []).filter((pid) => namespaceOf(pid, 'net') === namespace);
}

/** The inodes of the UNIX sockets of a process's network namespace: they lead nowhere. */
const unixSockets = (pid: number | 'self'): string[] => (unixSocketsOf(pid) ?? []).map(({ inode }) => inode);

/** Processes end while they are looked at, and this one may have no descriptors left. */
function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
