export { checkArgument, checkOptions, isListOf, type Kind, type OptionKinds } from './arguments.ts';
export { monotonic } from './clock.ts';
export { dependencyCycle } from './cycle.ts';
export { AbortError, CapabilityError, NetwrightError, UsageError } from './error.ts';
export { grouped } from './grouped.ts';
export { readCache, writeCache } from './cache-file.ts';
export { longestIncreasingSubsequence, merge, rankIn } from './order.ts';
export {
  makeOwnFolder,
  NotOwnFileError,
  openOwn,
  OWNER_MODE,
  PRIVATE_MODE,
  PUBLIC_MODE,
  readOwn,
  replaceOwn,
  writeOwn,
} from './own-files.ts';
export { pause } from './pause.ts';
export { oneLine, printable, printableJson } from './printable.ts';
export { sysctlPath } from './sysctl-path.ts';
export { isBun } from './runtime.ts';
export { didYouMean, listed, naturalOrder } from './text.ts';
export { after, LONGEST_TIMER } from './timer.ts';
export { workingDirectory } from './working-directory.ts';
