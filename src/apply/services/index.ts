export { logFiles, rotateLargeLog } from './log.ts';
export { awaitService, lastExitOf, isReadyNow, type Started } from './ready.ts';
export { serviceKey, startService } from './start.ts';
export { stopPolicyOf, stopService } from './stop.ts';
