export { execute, type ExecuteOptions, type Progress } from './run.ts';
