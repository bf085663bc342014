export { readFolder } from './files.ts';
export {
  queryHost,
  isHostLink,
  isHostTable,
  readHost,
  type HostLink,
  type HostParts,
  type HostReader,
  type HostTable,
} from './host.ts';
export { observe, observeNamespaces, Observer, type Scope } from './network.ts';
export { hasServices, SERVICE_FILES, serviceFolder, servicesFolder } from './service-folder.ts';
export {
  clearFinished,
  labProcesses,
  nodeProcesses,
  observeServices,
  SERVICE_VARIABLE,
  serviceOf,
  serviceProcesses,
  type NonServiceProcesses,
  type ServiceProcess,
} from './services.ts';
export { readSettings } from './settings/index.ts';
