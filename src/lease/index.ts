export { endLimits, LimitGroup, type Limits } from './limits.ts';
export { BOX, isAbandoned, sandboxName, Supervision } from './sandbox.ts';
