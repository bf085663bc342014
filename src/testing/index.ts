export type { CaptureOptions } from '../capture/index.ts';
export type { NodeTestContext, TestContext, VitestContext } from './context.ts';
export { useLab, type UseLabOptions } from './use-lab.ts';
