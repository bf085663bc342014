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
export { hasServices, SERVICE_FILES, serviceFolder, servicesFolder } from './service-folder.ts';
export {
  forgetFinished,
  labProcesses,
  nodeProcesses,
  observeServices,
  SERVICE_VARIABLE,
  serviceOf,
  serviceProcesses,
  type Bystanders,
  type ServiceProcess,
} from './services.ts';
