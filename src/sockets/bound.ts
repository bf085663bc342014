import { isIP } from 'node:net';
import { familyOf, parseIp, type Family, type Ip } from '../addr/index.ts';
import { UsageError } from '../base/index.ts';
import { IPPROTO_IPV6, IPV6_V6ONLY, libc, SO_REUSEADDR, SOL_SOCKET, SyscallError } from '../ffi/index.ts';
import { openSocket, type Place } from './place.ts';
import { anyAddress, sockaddr } from './sockaddr.ts';

export interface BindOptions {
  /** 0 to 65,535; 0, any free one, when absent. */
  readonly port?: number;
  /** An address of the node; every address of it when absent, of both families where it has IPv6. */
  readonly host?: string;
  /** Only IPv6 on `::`; both families otherwise. */
  readonly ipv6Only?: boolean;
}

/** A socket that is bound. @throws UsageError, SyscallError EADDRINUSE, EADDRNOTAVAIL … */
export function openBound(
  place: Place,
  type: number,
  { port = 0, host, ipv6Only = false }: BindOptions,
  then?: (fd: number) => void,
): { readonly fd: number; readonly family: Family } {
  checkPort(port);
  const address = host === undefined ? undefined : literal(host);
  const open = (ip: Ip): { fd: number; family: Family } => {
    const family = familyOf(ip);
    const fd = openSocket(place, family, type, (fd) => {
      if (family === 6) libc.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, ipv6Only ? 1 : 0);
      // As Node does: a port that connections are still fading from can be listened on again.
      if (then !== undefined) libc.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
      libc.bindSocket(fd, sockaddr(ip, port), `${ip} port ${port}`);
      then?.(fd);
    });
    return { fd, family };
  };
  if (address !== undefined) return open(address);
  try {
    return open(anyAddress(6));
  } catch (error) {
    if (!(error instanceof SyscallError && NO_IPV6.has(error.code))) throw error;
    return open(anyAddress(4));
  }
}

/** What a kernel without IPv6, or a node in which it is switched off, says. */
const NO_IPV6 = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL']);

export function checkPort(port: number, least = 0): number {
  if (!(Number.isInteger(port) && port >= least && port <= 65535))
    throw new UsageError(`invalid port ${port}: expected ${least} to 65535`);
  return port;
}

function literal(host: string): Ip {
  if (isIP(host) === 0 || host.includes('%'))
    throw new UsageError(`invalid listen address "${host}": expected one such as 10.0.0.1, 127.0.0.1 or ::`);
  return parseIp(host);
}
