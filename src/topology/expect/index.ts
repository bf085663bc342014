export type { Expectation } from './model.ts';
export { resolveExpectations } from './resolve.ts';
export { expectKey } from './schema.ts';
