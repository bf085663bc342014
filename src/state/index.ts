export { readFolder } from './observe/files.ts';
export { isHostLink, isHostTable, observe, observeMachine, Observer, type HostParts, type Scope } from './observe.ts';
export { readSysctl, sysctlPath } from './observe/sysctl.ts';
export * from '../model/index.ts';
