import { rowsOf } from './net-table.ts';
import { readText } from './read.ts';

/** A socket that waits for whoever comes. */
export interface WaitingSocket {
  /** What it is bound to, in network byte order: 4 bytes or 16, all of them 0 where it is every address. */
  readonly address: Uint8Array<ArrayBuffer>;
  /** By which the descriptors in /proc/PID/fd know it. */
  readonly inode: string;
}

/** TCP_LISTEN and TCP_CLOSE, which is what an unconnected UDP socket has (the kernel's net/tcp_states.h). */
const WAITING = { tcp: '0A', udp: '07' } as const;

/** What the local address of a socket ends in: its port, as the kernel prints it. */
const portSuffix = (port: number): string => `:${port.toString(16).toUpperCase().padStart(4, '0')}`;

/**
 * The sockets of a protocol that wait on a port: those of both families, or of IPv6 alone.
 * @param net the folder with the namespace's tables, such as /proc/PID/net (proc_pid_net(5), proc_net_tcp.txt)
 */
export function waitingSockets(
  net: string,
  protocol: 'tcp' | 'udp',
  port: number,
  { ipv6Only = false }: { readonly ipv6Only?: boolean } = {},
): WaitingSocket[] {
  const tables = ipv6Only ? [`${protocol}6`] : [protocol, `${protocol}6`];
  return tables.flatMap((table) => waitingIn(rowsOf(`${net}/${table}`), protocol, port));
}

/** Of the rows of /proc/PID/net/tcp, tcp6, udp or udp6 those of sockets that wait on a port. */
export function waitingIn(rows: readonly string[][], protocol: 'tcp' | 'udp', port: number): WaitingSocket[] {
  const suffix = portSuffix(port);
  return rows.flatMap(([, local = '', , state, , , , , , inode = '']) => {
    if (state !== WAITING[protocol] || !local.endsWith(suffix)) return [];
    const address = addressOf(local.slice(0, -suffix.length));
    return address === undefined ? [] : [{ address, inode }];
  });
}

/** Words of 32 bits, each printed as a number of this machine; undefined for what is no address. */
function addressOf(hex: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^(?:[0-9A-F]{8}|[0-9A-F]{32})$/.test(hex)) return undefined;
  const words = new Uint32Array(hex.length / 8);
  for (let i = 0; i < words.length; i++) words[i] = parseInt(hex.slice(8 * i, 8 * i + 8), 16);
  return new Uint8Array(words.buffer);
}

/**
 * The inode of a socket by its local port, IPv4's first; undefined when none has it, or what had it is closed and no process's.
 * @param protocol as the tables are called, `tcp` or `udp`
 */
export function socketOnPort(net: string, protocol: string, port: number): string | undefined {
  for (const table of [protocol, `${protocol}6`]) {
    const inode = inodeOnPort(rowsOf(`${net}/${table}`), port);
    if (inode !== undefined) return inode;
  }
  return undefined;
}

/** Of the rows of such a table the inode of the first that has the local port. */
export function inodeOnPort(rows: readonly string[][], port: number): string | undefined {
  const suffix = portSuffix(port);
  for (const [, local, , , , , , , , inode] of rows)
    if (local?.endsWith(suffix) === true && inode !== undefined && inode !== '0') return inode;
  return undefined;
}

/** The table of SCTP endpoints, which is there once the kernel has loaded the protocol. */
const sctpTable = (net: string): string => `${net}/sctp/eps`;

/** Whether the kernel has loaded SCTP. */
export const kernelHasSctp = (net: string): boolean => readText(sctpTable(net)) !== undefined;

/** The inodes of the SCTP endpoints on a port, by the rows of /proc/PID/net/sctp/eps. */
export const sctpIn = (rows: readonly string[][], port: number): string[] =>
  rows.flatMap((row) => (row[5] === String(port) && row[7] !== undefined ? [row[7]] : []));

/** The same of a namespace. */
export const sctpSockets = (net: string, port: number): string[] => sctpIn(rowsOf(sctpTable(net)), port);
