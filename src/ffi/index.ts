export { growReceiveBuffer, growSendBuffer } from './buffers.ts';
export * from './constants.ts';
export { errnoName, explainErrno, SyscallError } from './error.ts';
export * as libc from './libc/index.ts';
export { pipe, reap, spawn, type Exit, type Program } from './spawn.ts';
export { DisposableThread, type NativeCall, type ThreadEnd, type ThreadProcess, type ThreadProgram } from './thread.ts';
