import { libc } from '../ffi/index.ts';
import { NetlinkSocket } from '../netlink/index.ts';
import { within } from './visit.ts';
import { openNamespace } from './namespace.ts';

/**
 * Runs a synchronous function with a netlink socket of a named network namespace, while this thread is in that
 * namespace.
 * @throws SyscallError ENOENT if there is no such namespace
 */
export function withSocketIn<T>(namespace: string, protocol: number, fn: (socket: NetlinkSocket) => T): T {
  const fd = openNamespace(namespace);
  try {
    return within(fd, () => {
      using socket = NetlinkSocket.open(protocol);
      return fn(socket);
    });
  } finally {
    libc.close(fd);
  }
}
