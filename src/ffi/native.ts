import koffi, { type LibraryHandle } from 'koffi';
import { SyscallError } from './error.ts';

/*
 * The only file that loads koffi. Other code calls functions of numbers, strings and byte arrays that throw
 * SyscallError, so another foreign function interface (Node's own, Bun's) can replace koffi here.
 *
 * Each function is bound at its first call, so that start-up binds only what a command uses.
 */

export type Native = (...args: unknown[]) => number;

let loaded: LibraryHandle | undefined;

/** The libraries that this process has loaded, with the C library (dlopen(3) of NULL). */
export const lib = (): LibraryHandle => (loaded ??= koffi.load(null));
export { koffi };

export function bind(signature: string): Native {
  let native: Native | undefined;
  return (...args) => {
    native ??= lib().func(signature) as Native;
    return native(...args);
  };
}

/** Returns the result of a call. @throws SyscallError with errno when it is -1 */
export function checked(result: number, syscall: string, subject?: string): number {
  if (result < 0) throw new SyscallError(syscall, koffi.errno(), subject);
  return result;
}

export const EINTR = 4;

/** Makes a call, and again while a signal interrupts it (EINTR). @throws SyscallError */
export function retried(call: () => number, syscall: string, subject?: string): number {
  for (;;) {
    const result = call();
    if (result >= 0) return result;
    const errno = koffi.errno();
    if (errno !== EINTR) throw new SyscallError(syscall, errno, subject);
  }
}
