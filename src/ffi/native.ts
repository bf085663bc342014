import koffi, { type LibraryHandle } from 'koffi';
import { SyscallError } from './error.ts';

/*
 * The only file that loads koffi. Everything above sees plain functions of numbers, strings and byte arrays that throw
 * SyscallError, so that another foreign function interface (Node's own, Bun's) can take koffi's place here alone.
 *
 * Each function is bound at its first call: start-up pays for what a command uses.
 */

export type Native = (...args: unknown[]) => number;

let loaded: LibraryHandle | undefined;

/** This process's own libraries, the C library among them. */
export const lib = (): LibraryHandle => (loaded ??= koffi.load(null));
export { koffi };

export function bind(signature: string): Native {
  let native: Native | undefined;
  return (...args) => {
    native ??= lib().func(signature) as Native;
    return native(...args);
  };
}

/** Throws what errno says when a call returned -1. */
export function checked(result: number, syscall: string, subject?: string): number {
  if (result < 0) throw new SyscallError(syscall, koffi.errno(), subject);
  return result;
}

/** The number of EINTR: a call that a signal interrupted is made again. */
export const EINTR = 4;

export function retried(call: () => number, syscall: string, subject?: string): number {
  for (;;) {
    const result = call();
    if (result >= 0) return result;
    const errno = koffi.errno();
    if (errno !== EINTR) throw new SyscallError(syscall, errno, subject);
  }
}
