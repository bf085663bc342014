import { createSocket, type Socket, type SocketOptions } from 'node:dgram';
import { callbackify } from 'node:util';
import type { Family } from '../addr/index.ts';
import { SOCK_DGRAM } from '../ffi/index.ts';
import { openBound, type BindOptions } from './bound.ts';
import { closedOnFailure, type Place } from './place.ts';

/** The options of `node.udp()`: where the socket is bound. */
export interface UdpOptions extends BindOptions {
  /** If absent, 6 if `host` is an IPv6 address, else 4. */
  readonly family?: Family;
}

/** Resolves a name to an address of a family. */
export type FindAddress = (name: string, family: Family) => Promise<string>;

/**
 * Opens a bound socket of `node:dgram`. The kernel chooses the port if none is given.
 * @param find called when the socket sends to a name
 * @throws UsageError, SyscallError EADDRINUSE, EADDRNOTAVAIL …
 */
export function openUdp(place: Place, options: UdpOptions, find: FindAddress): Socket {
  const { family = options.host?.includes(':') === true ? 6 : 4 } = options;
  const bound = openBound(place, SOCK_DGRAM, { host: family === 4 ? '0.0.0.0' : '::', ...options });
  return closedOnFailure(bound.fd, () => adoptUdp(bound.fd, bound.family, find));
}

/** Makes a socket of `node:dgram` from the descriptor of a bound or connected socket. */
export function adoptUdp(fd: number, family: Family, find?: FindAddress): Socket {
  const lookup: SocketOptions['lookup'] =
    find === undefined
      ? undefined
      : (name, _, callback) => callbackify(find)(name, family, (error, address) => callback(error, address, family));
  const socket = createSocket({ type: family === 4 ? 'udp4' : 'udp6', ...(lookup === undefined ? {} : { lookup }) });
  return socket.bind({ fd, exclusive: true });
}
