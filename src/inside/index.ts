export type { ConnectOptions } from './connect.ts';
export type { FetchInit } from './fetch.ts';
export { InsideNetwork } from './network.ts';
export type { WorkerOptions } from './worker.ts';
