export { plan } from './planner.ts';
export { interfaceOf, SysctlPlan } from './sysctl.ts';
