export { observe, type Scope } from './observe.ts';
export { readSysctl, sysctlPath } from './observe/sysctl.ts';
export * from '../model/index.ts';
