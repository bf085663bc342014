export { doctor } from './doctor.ts';
export type { Finding, Status } from './finding.ts';
export { hostForwardBlockers, type ForwardBlocker } from './forward.ts';
export { rootless } from './rootless.ts';
