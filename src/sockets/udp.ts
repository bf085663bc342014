import { createSocket, type Socket, type SocketOptions } from 'node:dgram';
import { callbackify } from 'node:util';
import type { Family } from '../addr/index.ts';
import { SOCK_DGRAM } from '../ffi/index.ts';
import { openBound, type BindOptions } from './bound.ts';
import { closedOnFailure, type Place } from './place.ts';

/** Where the socket of `node.udp()` is bound. */
export interface UdpOptions extends BindOptions {
  /** IPv4 unless `host` is an address of IPv6. */
  readonly family?: Family;
}

/** Finds the address of a name, in a family. */
export type FindAddress = (name: string, family: Family) => Promise<string>;

/**
 * A socket of `node:dgram` that is bound, to a port of the kernel's choice when none is given.
 * @param find asked when a name is sent to
 * @throws UsageError, SyscallError EADDRINUSE, EADDRNOTAVAIL …
 */
export function openUdp(place: Place, options: UdpOptions, find: FindAddress): Socket {
  const { family = options.host?.includes(':') === true ? 6 : 4 } = options;
  const bound = openBound(place, SOCK_DGRAM, { host: family === 4 ? '0.0.0.0' : '::', ...options });
  return closedOnFailure(bound.fd, () => adoptUdp(bound.fd, bound.family, find));
}

/** Gives a bound or connected socket to Node. */
export function adoptUdp(fd: number, family: Family, find?: FindAddress): Socket {
  const lookup: SocketOptions['lookup'] =
    find === undefined
      ? undefined
      : (name, _, callback) => callbackify(find)(name, family, (error, address) => callback(error, address, family));
  const socket = createSocket({ type: family === 4 ? 'udp4' : 'udp6', ...(lookup === undefined ? {} : { lookup }) });
  return socket.bind({ fd, exclusive: true });
}
