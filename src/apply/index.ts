export {
  ApplyError,
  logExcerptOf,
  LockedError,
  LockFileError,
  NameTakenError,
  ServiceError,
  StillThereError,
} from './error.ts';
export { execute, type ExecuteOptions, type Progress } from './execute/index.ts';
export { HOST_NSID } from './host-nsid.ts';
export { savedSettings, savedSettingsPath } from './saved-settings.ts';
export { restoreHostSettings, type LabMarks } from './host-settings.ts';
export { Kernel } from './kernel.ts';
export { Lock } from './lock.ts';
export { lastExitOf, isReadyNow, logFiles, rotateLargeLog } from './services/index.ts';
export { tearDown, type LabToRemove } from './tear-down.ts';
export { verifyDeletions } from './verify-deletions.ts';
export { endProcesses, killProcesses } from './processes.ts';
