import { isIP } from 'node:net';
import { familyOf, parseIp, type Family, type Ip } from '../addr/index.ts';
import { UsageError } from '../base/index.ts';
import { IPPROTO_IPV6, IPV6_V6ONLY, libc, SO_REUSEADDR, SOL_SOCKET, SyscallError } from '../ffi/index.ts';
import { openSocket, type Place } from './place.ts';
import { anyAddress, sockaddr } from './sockaddr.ts';

export interface BindOptions {
  /** 0 to 65,535. If 0 or absent, the kernel chooses a free port. */
  readonly port?: number;
  /** An address of the node. If absent, all its addresses, of both families if it has IPv6. */
  readonly host?: string;
  /** Accept only IPv6 on `::` (IPV6_V6ONLY). If false or absent, both families. */
  readonly ipv6Only?: boolean;
}

/**
 * Opens a socket and binds it.
 * @param afterBind called after bind(2), for a socket that is to listen
 * @throws UsageError, SyscallError EADDRINUSE, EADDRNOTAVAIL …
 */
export function openBound(
  place: Place,
  type: number,
  { port = 0, host, ipv6Only = false }: BindOptions,
  afterBind?: (fd: number) => void,
): { readonly fd: number; readonly family: Family } {
  checkPort(port);
  const address = host === undefined ? undefined : parseHost(host);
  const open = (ip: Ip): { fd: number; family: Family } => {
    const family = familyOf(ip);
    const fd = openSocket(place, family, type, (fd) => {
      if (family === 6) libc.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, ipv6Only ? 1 : 0);
      // As Node does: a port whose connections are in TIME_WAIT can be listened on again.
      if (afterBind !== undefined) libc.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
      libc.bindSocket(fd, sockaddr(ip, port), `${ip} port ${port}`);
      afterBind?.(fd);
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

/** The errors of a kernel without IPv6, and of a node with IPv6 disabled. */
const NO_IPV6 = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL']);

export function checkPort(port: number, min = 0): number {
  if (!(Number.isInteger(port) && port >= min && port <= 65535))
    throw new UsageError(`invalid port ${port}: expected ${min} to 65535`);
  return port;
}

function parseHost(host: string): Ip {
  if (isIP(host) === 0 || host.includes('%'))
    throw new UsageError(`invalid listen address "${host}": expected one such as 10.0.0.1, 127.0.0.1 or ::`);
  return parseIp(host);
}
