export { readFolder } from './observe/files.ts';
export {
  isHostLink,
  isHostTable,
  observe,
  observeMachine,
  Observer,
  type HostLink,
  type HostParts,
  type HostTable,
  type Scope,
} from './observe.ts';
export {
  forgetFinished,
  hasServices,
  labProcesses,
  observeServices,
  SERVICE_FILES,
  SERVICE_VARIABLE,
  serviceFolder,
  serviceProcesses,
  type ServiceProcess,
} from './services.ts';
export { readSysctl, sysctlPath } from './observe/sysctl.ts';
export * from '../model/index.ts';
