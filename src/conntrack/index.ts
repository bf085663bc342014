/**
 * The kernel's tracked connections, through ctnetlink: what conntrack(8) lists and deletes.
 *
 *     using socket = NetlinkSocket.open(NETLINK_NETFILTER);   // in the namespace of this thread
 *     const flows = listFlows(socket).filter(({ original }) => original.destinationPort === 53);
 *     deleteFlows(socket, flows);
 */
export type { Flow, FlowStatus, Protocol, TcpState, Tuple } from './flow.ts';
export { trackingLosses, type TrackingLosses } from './stats.ts';
export { deleteFlows, listFlows, type FlowQuery } from './flows.ts';
