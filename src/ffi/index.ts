export * from './constants.ts';
export { errnoName, explainErrno, SyscallError } from './error.ts';
export * as libc from './libc.ts';
