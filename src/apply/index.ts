export { ApplyError, LockedError, NameTakenError } from './error.ts';
export { execute, type ExecuteOptions, type Progress } from './execute.ts';
export { deleteHostTables, isLabTable, notedSettings } from './host-settings.ts';
export { Kernel } from './kernel.ts';
export { Lock } from './lock.ts';
export { tearDown } from './tear-down.ts';
