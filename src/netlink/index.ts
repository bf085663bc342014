export { Batch, type BatchOptions, type Harmless } from './batch.ts';
export * from './constants.ts';
export { DumpInterruptedError, NetlinkError, type NetlinkFailure } from './error.ts';
export { NetlinkListener, type Event, type ListenerOptions } from './listener.ts';
export { listen } from './readiness.ts';
export type { Received } from './received.ts';
export { NetlinkSocket, type Request } from './socket.ts';
