import { libc } from '../ffi/index.ts';
import { NetlinkSocket } from '../netlink/index.ts';
import { within } from './visit.ts';
import { openNamespace } from './namespace.ts';

/**
 * Runs a synchronous function with a netlink socket of a named namespace, which this thread is in meanwhile.
 * @throws SyscallError ENOENT when there is no such namespace
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
