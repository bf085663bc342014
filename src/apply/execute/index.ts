export { forgetPorts } from './flows.ts';
export { execute, type ExecuteOptions, type Progress } from './run.ts';
