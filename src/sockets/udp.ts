import { createSocket, type Socket, type SocketOptions } from 'node:dgram';
import type { Family } from '../addr/index.ts';
import { SOCK_DGRAM } from '../ffi/index.ts';
import { openBound, type BindOptions } from './bound.ts';
import { closedOnFailure, type Place } from './place.ts';

export interface UdpOptions extends BindOptions {
  /** IPv4 unless `host` is an address of IPv6. */
  readonly family?: Family;
}

/**
 * A socket of `node:dgram` that is bound, to a port of the kernel's choice when none is given.
 * @param lookup what finds the address when a name is sent to
 * @throws UsageError, SyscallError EADDRINUSE, EADDRNOTAVAIL …
 */
export function openUdp(place: Place, options: UdpOptions, lookup?: SocketOptions['lookup']): Socket {
  const { family = options.host?.includes(':') === true ? 6 : 4 } = options;
  const bound = openBound(place, SOCK_DGRAM, { host: family === 4 ? '0.0.0.0' : '::', ...options });
  const { fd } = bound;
  return closedOnFailure(fd, () => adoptUdp(fd, bound.family, lookup));
}

/** Gives a bound or connected socket to Node. */
export function adoptUdp(fd: number, family: Family, lookup?: SocketOptions['lookup']): Socket {
  const socket = createSocket({ type: family === 4 ? 'udp4' : 'udp6', ...(lookup === undefined ? {} : { lookup }) });
  return socket.bind({ fd, exclusive: true });
}
