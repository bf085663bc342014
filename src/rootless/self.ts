import { realpathSync } from 'node:fs';
import { libc } from '../ffi/index.ts';
import { ownDescriptors } from '../proc/index.ts';

/** The words of a command that runs this program again with other arguments. */
export const self = (...args: readonly string[]): string[] => [
  process.execPath,
  ...process.execArgv,
  realpathSync(process.argv[1]!),
  ...args,
];

/** This process's, for the same program elsewhere. */
export function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    // It has been removed.
    return '/';
  }
}

export function changeTo(directory: string): void {
  try {
    process.chdir(directory);
  } catch {
    // It has been removed meanwhile, or is a new one in /run or /etc: the root folder is as good as any.
  }
}

/**
 * Keeps what was open when this process started from the programs that it leaves running: whoever reads from a pipe is to
 * see its end. Node does so for the first descriptors alone.
 */
export function closeInherited(): void {
  for (const fd of ownDescriptors()) if (fd > STDERR) libc.closeAtExecve(fd);
}

const STDERR = 2;
