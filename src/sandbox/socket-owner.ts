import {
  namespaceOf,
  netFolder,
  processIds,
  processName,
  socketOnPort,
  socketsOf,
  unixSocketsOf,
} from '../proc/index.ts';

/** A process in a sandbox, with its process id outside. */
export interface SocketOwner {
  readonly pid: number;
  readonly process: string;
}

/**
 * The process with a socket on this local port, in a network namespace (`net:[4026531840]`). A socket that is already
 * closed is in no table: then the result is the only process that can have had it, or undefined.
 */
export function socketOwnerOf(namespace: string, protocol: string, port: number | undefined): SocketOwner | undefined {
  // Names first: the processes can end soon.
  const names = new Map(processesIn(namespace).map((pid) => [pid, processName(pid) ?? '?']));
  const pids = [...names.keys()];
  const named = (pid: number): SocketOwner => ({ pid, process: names.get(pid)! });
  const [first] = pids;
  if (first === undefined) return undefined;
  const inode = port === undefined ? undefined : socketOnPort(netFolder(first), protocol, port);
  if (inode !== undefined) {
    const pid = pids.find((candidate) => socketsOf(candidate).includes(inode));
    if (pid !== undefined) return named(pid);
  }
  const local = new Set([...unixSockets('self'), ...unixSockets(first)]);
  const candidates =
    pids.length === 1 ? pids : pids.filter((pid) => socketsOf(pid).some((socket) => !local.has(socket)));
  return candidates.length === 1 ? named(candidates[0]!) : undefined;
}

function processesIn(namespace: string): number[] {
  return (attempt(processIds) ?? []).filter((pid) => namespaceOf(pid, 'net') === namespace);
}

/** The inodes of the UNIX sockets of a process's network namespace, which are not network sockets. */
const unixSockets = (pid: number | 'self'): string[] => (unixSocketsOf(pid) ?? []).map(({ inode }) => inode);

/** Returns undefined on errors: processes end while they are read, and this process can have no descriptors left. */
function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
