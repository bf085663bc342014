export { readFolder } from './observe/files.ts';
export { isHostLink, isHostTable, observe, observeMachine, Observer, type HostParts, type Scope } from './observe.ts';
export {
  forgetFinished,
  hasServices,
  isSupervisor,
  labProcesses,
  nodeProcesses,
  observeServices,
  SERVICE_FILES,
  SERVICE_VARIABLE,
  serviceFolder,
  serviceOf,
  serviceProcesses,
  type Bystanders,
  type ServiceProcess,
} from './services.ts';
export { readSysctl, sysctlPath, writeSysctl } from './observe/sysctl.ts';
export * from '../model/index.ts';
