import { readdirSync, readFileSync } from 'node:fs';
import { linkTarget } from './lab-mounts.ts';

/** A socket that waits for whoever comes. */
export interface WaitingSocket {
  /** What it is bound to, in network byte order: 4 bytes or 16, all of them 0 where it is every address. */
  readonly address: Uint8Array<ArrayBuffer>;
  /** By which the descriptors in /proc/PID/fd know it. */
  readonly inode: string;
}

/** TCP_LISTEN and TCP_CLOSE, which is what an unconnected UDP socket has (the kernel's net/tcp_states.h). */
const WAITING = { tcp: '0A', udp: '07' } as const;

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
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const tables = ipv6Only ? [`${protocol}6`] : [protocol, `${protocol}6`];
  return tables.flatMap((table) =>
    rowsOf(`${net}/${table}`).flatMap((row) => {
      const [, local = '', , state, , , , , , inode = ''] = row;
      if (state !== WAITING[protocol] || !local.endsWith(suffix)) return [];
      return [{ address: addressOf(local.slice(0, -suffix.length)), inode }];
    }),
  );
}

/** The rows of a table of /proc/PID/net, in words; none where there is no such table. */
export function rowsOf(path: string): string[][] {
  let text: string;
  try {
    text = readFileSync(path, 'latin1');
  } catch {
    return [];
  }
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/));
}

/** The inodes of the sockets that a process has open; none when it has ended, or is somebody's whom we may not look at. */
export function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap(
      (fd) => /^socket:\[(\d+)\]$/.exec(linkTarget(`/proc/${pid}/fd/${fd}`) ?? '')?.[1] ?? [],
    );
  } catch {
    return [];
  }
}

/** Words of 32 bits, each printed as a number of this machine. */
function addressOf(hex: string): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(hex.length / 8);
  for (let i = 0; i < words.length; i++) words[i] = parseInt(hex.slice(8 * i, 8 * i + 8), 16);
  return new Uint8Array(words.buffer);
}
