import { AF_UNSPEC } from '../ffi/index.ts';
import type { NetlinkSocket } from '../netlink/index.ts';
import { IPCTNL_MSG_CT_GET_STATS_CPU, statsMessage } from './schema.ts';

/** Packets that connection tracking has dropped since the namespace was made, named as in `conntrack -S`. */
export interface TrackingLosses {
  /** First packets whose entry collides with another's: after NAT, both flows would have the same reply tuple. */
  readonly insertFailed: number;
  /** Packets dropped for such a collision, for lack of memory, or because the table is full. */
  readonly drop: number;
}

/**
 * Returns the sum of all CPUs' counters.
 * @param socket a socket of NETLINK_NETFILTER
 * @throws NetlinkError EOPNOTSUPP or EINVAL when the kernel has no ctnetlink
 */
export function trackingLosses(socket: NetlinkSocket): TrackingLosses {
  const request = {
    type: IPCTNL_MSG_CT_GET_STATS_CPU,
    codec: statsMessage,
    value: { family: AF_UNSPEC, version: 0, resourceId: 0 },
    operation: 'read the connection tracking statistics',
  };
  let [insertFailed, drop] = [0, 0];
  for (const cpu of socket.dump(request, statsMessage)) {
    insertFailed += cpu.insertFailed ?? 0;
    drop += cpu.drop ?? 0;
  }
  return { insertFailed, drop };
}
