/**
 * Labs for tests of node:test and vitest.
 *
 *     test('web answers', async (t) => {
 *       const lab = await useLab(t, 'shop.yaml');             // removed at the end of the test
 *       assert.equal((await lab.node('laptop').fetch('http://web/')).status, 200);
 *     });
 */
export type { CaptureOptions } from '../capture/index.ts';
export type { NodeTestContext, TestContext, VitestContext } from './context.ts';
export { useLab, type UseLabOptions } from './use-lab.ts';
