export { doctor } from './doctor.ts';
export type { Finding, Status } from './finding.ts';
export { rootless } from './rootless.ts';
