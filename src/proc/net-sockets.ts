import { rowsOf } from './net-table.ts';
import { readText } from './read.ts';

/** A socket that waits for clients: a listening TCP socket, or an unconnected UDP socket. */
export interface WaitingSocket {
  /** Its local address in network byte order: 4 or 16 bytes, all 0 for any address. */
  readonly address: Uint8Array<ArrayBuffer>;
  /** Its inode, as in the targets of /proc/PID/fd. */
  readonly inode: string;
}

/** The states TCP_LISTEN, and TCP_CLOSE of an unconnected UDP socket (include/net/tcp_states.h). */
const WAITING = { tcp: '0A', udp: '07' } as const;

/** The end of a local address in these tables: the port in hexadecimal. */
const portSuffix = (port: number): string => `:${port.toString(16).toUpperCase().padStart(4, '0')}`;

/**
 * The sockets of a protocol that wait for clients on a port, of both families or of IPv6 only.
 * @param net the directory of the namespace's tables, such as /proc/PID/net (proc_pid_net(5), proc_net_tcp.txt)
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

/** Selects the sockets that wait for clients on a port from the rows of /proc/PID/net/tcp, tcp6, udp or udp6. */
export function waitingIn(rows: readonly string[][], protocol: 'tcp' | 'udp', port: number): WaitingSocket[] {
  const suffix = portSuffix(port);
  return rows.flatMap(([, local = '', , state, , , , , , inode = '']) => {
    if (state !== WAITING[protocol] || !local.endsWith(suffix)) return [];
    const address = addressOf(local.slice(0, -suffix.length));
    return address === undefined ? [] : [{ address, inode }];
  });
}

/** Parses an address: 32-bit words, each printed as a number in host byte order. Undefined if it is invalid. */
function addressOf(hex: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^(?:[0-9A-F]{8}|[0-9A-F]{32})$/.test(hex)) return undefined;
  const words = new Uint32Array(hex.length / 8);
  for (let i = 0; i < words.length; i++) words[i] = parseInt(hex.slice(8 * i, 8 * i + 8), 16);
  return new Uint8Array(words.buffer);
}

/**
 * The inode of the socket with a local port, IPv4 first; undefined if there is none, or only a closed one that no
 * process has open.
 * @param protocol the name of the table, `tcp` or `udp`
 */
export function socketOnPort(net: string, protocol: string, port: number): string | undefined {
  for (const table of [protocol, `${protocol}6`]) {
    const inode = inodeOnPort(rowsOf(`${net}/${table}`), port);
    if (inode !== undefined) return inode;
  }
  return undefined;
}

/** The inode of the first row with a local port. */
export function inodeOnPort(rows: readonly string[][], port: number): string | undefined {
  const suffix = portSuffix(port);
  for (const [, local, , , , , , , , inode] of rows)
    if (local?.endsWith(suffix) === true && inode !== undefined && inode !== '0') return inode;
  return undefined;
}

/** The table of SCTP endpoints, which exists when the kernel has loaded SCTP. */
const sctpTable = (net: string): string => `${net}/sctp/eps`;

/** True if the kernel has loaded SCTP. */
export const kernelHasSctp = (net: string): boolean => readText(sctpTable(net)) !== undefined;

/** The inodes of the SCTP endpoints on a port, from the rows of /proc/PID/net/sctp/eps. */
export const sctpIn = (rows: readonly string[][], port: number): string[] =>
  rows.flatMap((row) => (row[5] === String(port) && row[7] !== undefined ? [row[7]] : []));

/** The inodes of the SCTP endpoints on a port in a namespace. */
export const sctpSockets = (net: string, port: number): string[] => sctpIn(rowsOf(sctpTable(net)), port);
