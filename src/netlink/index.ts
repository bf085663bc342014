/**
 * Netlink (RFC 3549, netlink(7)): sockets, requests and dumps, batches of requests, events. Errors name the attribute.
 *
 *     using socket = NetlinkSocket.open(NETLINK_ROUTE);       // in the namespace that the thread is in
 */
export { Batch, type BatchOptions, type AcceptedErrors } from './batch.ts';
export * from './constants.ts';
export { DumpInterruptedError, NetlinkError, type NetlinkFailure } from './error.ts';
export { NetlinkListener, type Event, type ListenerOptions } from './listener.ts';
export { listen, untilReady } from './readiness.ts';
export type { Received } from './received.ts';
export { NetlinkSocket, type Request } from './socket.ts';
