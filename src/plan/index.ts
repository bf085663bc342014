export type * from './operation.ts';
export { plan } from './plan.ts';
