import { createServer, type Server, type Socket } from 'node:net';
import { UsageError } from '../base/index.ts';
import { libc, SOCK_STREAM } from '../ffi/index.ts';
import { openBound, type BindOptions } from './bound.ts';
import { closedOnFailure, type Place } from './place.ts';

/** The options of `node.listen()`: where it listens. */
export interface ListenOptions extends BindOptions {
  /** The maximum length of the queue of pending connections (listen(2)). 511 if absent, as in Node. */
  readonly backlog?: number;
}

const BACKLOG = 511;

/**
 * Makes a server listen: a server of `net`, `http`, `https`, `tls` or `http2`; or a new one of `net`, with a function
 * that is called with each connection. The socket listens when this returns, so that `server.address()` is known; the
 * event 'listening' follows.
 * @throws UsageError, SyscallError EADDRINUSE, EADDRNOTAVAIL …
 */
export function listen<S extends Server>(
  place: Place,
  options: ListenOptions,
  handlerOrServer?: S | ((socket: Socket) => void),
): S | Server {
  const { backlog = BACKLOG } = options;
  if ('path' in options) throw new UsageError('UNIX sockets do not belong to a network: use `server.listen({ path })`');
  if (handlerOrServer !== undefined && typeof handlerOrServer !== 'function' && !('listen' in Object(handlerOrServer)))
    throw new UsageError('expected a server, or a function that takes a connection');
  const server =
    handlerOrServer === undefined || typeof handlerOrServer === 'function'
      ? createServer(handlerOrServer)
      : handlerOrServer;
  const { fd } = openBound(place, SOCK_STREAM, options, (fd) => libc.listen(fd, backlog));
  // `exclusive`: in a worker of node:cluster, the primary does not listen instead.
  return closedOnFailure(fd, () => server.listen({ fd, backlog, exclusive: true }));
}
