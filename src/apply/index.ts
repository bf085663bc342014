export {
  ApplyError,
  epilogueOf,
  LockedError,
  LockFileError,
  NameTakenError,
  ServiceError,
  StillThereError,
} from './error.ts';
export { execute, type ExecuteOptions, type Progress } from './execute/index.ts';
export { HOST_NSID } from './host-nsid.ts';
export { notedSettings, notesPath } from './host-notes.ts';
export { putBackHostSettings, type LabMarks } from './host-settings.ts';
export { Kernel } from './kernel.ts';
export { Lock } from './lock.ts';
export { endedOf, isReadyNow, logFiles, rotateLargeLog } from './services/index.ts';
export { tearDown, type Leaving } from './tear-down.ts';
export { readBack } from './read-back.ts';
export { endProcesses, killProcesses } from './processes.ts';
