import { AF_UNSPEC } from '../ffi/constants.ts';
import type { NetlinkSocket } from '../netlink/index.ts';
import { IPCTNL_MSG_CT_GET_STATS_CPU, statsMessage } from './schema.ts';

/** Packets that connection tracking has lost in a namespace since it was made, by `conntrack -S`'s names. */
export interface TrackingLosses {
  /** Those whose connection could not be told from another's by then: translated, both would be the same outside. */
  readonly insertFailed: number;
  /** Those that were dropped for it, for want of memory, or since the table is full. */
  readonly drop: number;
}

/**
 * What all CPUs together have counted.
 * @param socket of NETLINK_NETFILTER
 * @throws NetlinkError EOPNOTSUPP or EINVAL where the kernel has no ctnetlink
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
