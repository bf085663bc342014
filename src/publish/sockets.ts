import {
  kernelHasSctp,
  netFolder,
  processIds,
  processName,
  sctpSockets,
  socketsOf,
  waitingSockets,
} from '../proc/index.ts';
import { ipToBytes, type Family, type Ip } from '../addr/index.ts';
import {
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  libc,
  SO_REUSEADDR,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  SyscallError,
} from '../ffi/index.ts';
import { addressFamily, anyAddress, sockaddr } from '../sockets/index.ts';

/** A port of the host, at one address or at every address of a family. */
export interface HostPort {
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly family: Family;
  readonly address?: Ip;
  readonly port: number;
}

const IPPROTO_SCTP = 132;

/**
 * True if a program listens on the port; tested with bind(2). False for an address that the host does not have, and for
 * the source port of an outgoing connection, whose packets are not new connections to the port.
 * @throws SyscallError
 */
export function isListenedOn({ protocol, family, address, port }: HostPort): boolean {
  const fd = openSocket(protocol, family);
  if (fd === undefined) return false;
  try {
    if (family === 6) libc.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    // As servers do: a connection in TIME_WAIT does not occupy the port.
    if (protocol !== 'udp') libc.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    libc.bindSocket(fd, sockaddr(address ?? anyAddress(family), port));
    return false;
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    if (error.code === 'EADDRINUSE')
      return protocol === 'sctp' || listeningSockets(protocol, family, address, port).length > 0;
    if (error.code === 'EADDRNOTAVAIL') return false;
    throw error;
  } finally {
    libc.close(fd);
  }
}

/** Undefined if the kernel has not loaded the protocol: no program can use it. */
function openSocket(protocol: HostPort['protocol'], family: Family): number | undefined {
  const type = (protocol === 'udp' ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC;
  if (protocol !== 'sctp') return libc.socket(addressFamily(family), type, 0);
  if (!kernelHasSctp(NET)) return undefined;
  try {
    return libc.socket(addressFamily(family), type, IPPROTO_SCTP);
  } catch {
    return undefined;
  }
}

/** The directory for this thread's network namespace. */
const NET = netFolder('thread-self');

export interface Listener {
  readonly pid: number;
  /** The program's name, as in /proc/PID/comm. */
  readonly program: string;
}

/** The program that listens on a port; undefined if its process is not visible, as in another PID namespace. */
export function listenerOn({ protocol, family, address, port }: HostPort): Listener | undefined {
  const inodes = new Set(
    protocol === 'sctp' ? sctpSockets(NET, port) : listeningSockets(protocol, family, address, port),
  );
  if (inodes.size === 0) return undefined;
  for (const pid of processIds()) {
    if (!socketsOf(pid).some((inode) => inodes.has(inode))) continue;
    const program = processName(pid);
    if (program !== undefined) return { pid, program };
  }
  return undefined;
}

/** The inodes of the sockets in this thread's namespace that listen on a port, at this address or at every one. */
export function listeningSockets(
  protocol: 'tcp' | 'udp',
  family: Family,
  address: Ip | undefined,
  port: number,
): string[] {
  return waitingSockets(NET, protocol, port, { ipv6Only: family === 6 })
    .filter((socket) => address === undefined || isAny(socket.address) || isSame(socket.address, address))
    .map(({ inode }) => inode);
}

const isAny = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

/** Compares the last bytes, since IPv6 sockets have IPv4-mapped addresses. */
function isSame(bytes: Uint8Array, address: Ip): boolean {
  const wanted = ipToBytes(address);
  return Buffer.from(bytes.subarray(-wanted.length)).equals(wanted);
}
