import { realpathSync } from 'node:fs';
import { libc } from '../ffi/index.ts';
import { ownDescriptors } from '../proc/index.ts';

/** The command line that runs this program again with other arguments. */
export const selfCommand = (...args: readonly string[]): string[] => [
  process.execPath,
  ...process.execArgv,
  realpathSync(process.argv[1]!),
  ...args,
];

/** The working directory to give to the same program in other namespaces. */
export function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    // The directory has been removed.
    return '/';
  }
}

export function changeDirectory(directory: string): void {
  try {
    process.chdir(directory);
  } catch {
    // The directory has been removed, or is a new one in /run or /etc: stay in the root directory.
  }
}

/**
 * Sets close-on-exec on all descriptors but the standard streams, so that programs which this process leaves running do
 * not keep pipes open for their readers. Node does so for the first descriptors only.
 */
export function closeInherited(): void {
  for (const fd of ownDescriptors()) if (fd > STDERR) libc.setCloseOnExec(fd);
}

const STDERR = 2;
