export type { Denial, DeniedName, DeniedPacket } from './denial.ts';
export type { Isolation, Launched } from './launch.ts';
export type { Limits } from './limits.ts';
export { Sandbox, sandbox, type SandboxOptions, type SandboxRunOptions } from './sandbox.ts';
