export type * from './operation.ts';
export { plan } from './plan.ts';
export { interfaceOf, SysctlPlan } from './sysctl.ts';
export {
  changeOf,
  describe,
  explain,
  render,
  renderScript,
  renderStatement,
  renderTable,
  type RenderOptions,
  type ScriptOptions,
} from './render/index.ts';
