/**
 * Netlink (RFC 3549, netlink(7)): sockets, requests, dumps, batches, multicast events. Errors name the attribute.
 *
 *     using socket = NetlinkSocket.open(NETLINK_ROUTE);       // in the namespace of this thread
 */
export { Batch, type BatchOptions, type AcceptedErrors } from './batch.ts';
export * from './constants.ts';
export { DumpInterruptedError, NetlinkError, type NetlinkFailure } from './error.ts';
export { NetlinkListener, type Event, type ListenerOptions } from './listener.ts';
export { untilReady, watchReady } from './readiness.ts';
export type { Received } from './received.ts';
export { NetlinkSocket, type Request } from './socket.ts';
