export { logFiles, rotateLargeLog } from './log.ts';
export { awaitService, endedOf, isReadyNow, type Started } from './ready.ts';
export { serviceKey, startService } from './start.ts';
export { stopPolicyOf, stopService } from './stop.ts';
