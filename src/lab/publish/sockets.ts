import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { ipToBytes, type Family, type Ip } from '../../addr/index.ts';
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
} from '../../ffi/index.ts';
import { LITTLE_ENDIAN } from '../../wire/index.ts';
import { addressFamily, anyAddress, sockaddr } from '../check/sockaddr.ts';

/** A port of this machine's, at every address of a family or at one. */
export interface HostPort {
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly family: Family;
  readonly address?: Ip;
  readonly port: number;
}

const IPPROTO_SCTP = 132;

/**
 * Whether a program listens where the port is: found by trying to. An address that this machine has not is nobody's.
 * @throws SyscallError
 */
export function isListenedOn({ protocol, family, address = anyAddress(family), port }: HostPort): boolean {
  const fd = openSocket(protocol, family);
  if (fd === undefined) return false;
  try {
    if (family === 6) libc.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    // As every server does: connections that have ended do not keep a port.
    if (protocol !== 'udp') libc.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    libc.bindSocket(fd, sockaddr(address, port));
    return false;
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    if (error.code === 'EADDRINUSE') return true;
    if (error.code === 'EADDRNOTAVAIL') return false;
    throw error;
  } finally {
    libc.close(fd);
  }
}

/** Undefined where the kernel has not loaded the protocol, and so nobody uses it. */
function openSocket(protocol: HostPort['protocol'], family: Family): number | undefined {
  const type = (protocol === 'udp' ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC;
  if (protocol !== 'sctp') return libc.socket(addressFamily(family), type, 0);
  try {
    readFileSync(`${NET}/sctp/eps`);
    return libc.socket(addressFamily(family), type, IPPROTO_SCTP);
  } catch {
    return undefined;
  }
}

/** Of this thread's namespace. */
const NET = '/proc/thread-self/net';

export interface Listener {
  readonly pid: number;
  /** The program's name, as in /proc/PID/comm. */
  readonly program: string;
}

/** The program that listens on a port; undefined when it cannot be seen from here. */
export function listenerOn({ protocol, family, address, port }: HostPort): Listener | undefined {
  const inodes = new Set(protocol === 'sctp' ? sctpSockets(port) : sockets(protocol, family, address, port));
  if (inodes.size === 0) return undefined;
  for (const entry of readdirSync('/proc')) {
    if (!/^[0-9]+$/.test(entry)) continue;
    try {
      for (const fd of readdirSync(`/proc/${entry}/fd`)) {
        const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${entry}/fd/${fd}`))?.[1];
        if (inode !== undefined && inodes.has(inode))
          return { pid: Number(entry), program: readFileSync(`/proc/${entry}/comm`, 'utf8').trim() };
      }
    } catch {
      // It has ended meanwhile, or belongs to somebody we may not look at.
    }
  }
  return undefined;
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** TCP_LISTEN and TCP_CLOSE, which is what an unconnected UDP socket has (net/tcp_states.h). */
const WAITING = { tcp: '0A', udp: '07' } as const;

/** The inodes of sockets that wait on a port, those bound to the wanted address first (proc_net_tcp.txt). */
function sockets(protocol: 'tcp' | 'udp', family: Family, address: Ip | undefined, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const files = family === 4 ? [protocol, `${protocol}6`] : [`${protocol}6`];
  return files.flatMap((file) =>
    linesOf(file).flatMap((line) => {
      const words = line.trim().split(/\s+/);
      const [, local = '', , state, , , , , , inode] = words;
      if (!local.endsWith(suffix) || state !== WAITING[protocol] || inode === undefined) return [];
      return address === undefined || isAny(local) || sameAddress(local, address) ? [inode] : [];
    }),
  );
}

const isAny = (local: string): boolean => /^0+:/.test(local);

/** Addresses are 32-bit words in the machine's order there; an IPv4 one may stand among IPv6's. */
function sameAddress(local: string, address: Ip): boolean {
  const words = Buffer.from(local.split(':', 1)[0]!, 'hex');
  const bytes = new Uint8Array(words.length);
  for (let at = 0; at + 4 <= words.length; at += 4)
    new DataView(bytes.buffer).setUint32(at, words.readUInt32BE(at), LITTLE_ENDIAN);
  const wanted = ipToBytes(address);
  return Buffer.from(bytes.subarray(-wanted.length)).equals(Buffer.from(wanted));
}

function sctpSockets(port: number): string[] {
  return linesOf('sctp/eps').flatMap((line) => {
    const words = line.trim().split(/\s+/);
    return words[5] === String(port) && words[7] !== undefined ? [words[7]] : [];
  });
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(`${NET}/${file}`, 'latin1').split('\n').slice(1);
  } catch {
    return [];
  }
}
