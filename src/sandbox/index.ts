export type { Denial, DeniedName, DeniedPacket } from './denial.ts';
export type { Isolation, Launched } from './launch.ts';
export type { Limits } from '../lease/index.ts';
export { loopbackServices, readOptions, startingFolder, type SandboxOptions } from './options.ts';
export { Relay, targetsOf, type LoopbackService } from './relay.ts';
export { removeAbandonedSandboxes } from './abandoned.ts';
export { Sandbox, sandbox, type SandboxRunOptions } from './sandbox.ts';
