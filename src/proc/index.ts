export {
  capabilities,
  inInitialUserNamespace,
  isRoot,
  kernelIsAtLeast,
  kernelRelease,
  numericSysctl,
  readText,
} from './machine.ts';
export { majorOf, minorOf } from './device-number.ts';
export { type Mounted, reachableMounts } from './mountinfo.ts';
export { hasPrivilege, requirePrivilege } from './privilege.ts';
export { readSysctl, sysctlPath, writeSysctl } from './sysctl.ts';
export { explainUnwritable, remedyFor } from './unwritable.ts';
