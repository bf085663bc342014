export { translatedPorts, withFlowDeletion } from './flows.ts';
export { plan } from './planner.ts';
export { interfaceOf, SysctlPlan } from './sysctl.ts';
