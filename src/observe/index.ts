export { readFolder } from './files.ts';
export { readHost, type HostReading } from './host.ts';
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
