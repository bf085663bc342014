import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withinAll, type Surroundings } from './surroundings.ts';

/** Starts a program in a namespace: a child of this process, forked while this thread is there. */
export function spawnIn(
  surroundings: Surroundings,
  command: string,
  args: readonly string[],
  options: SpawnOptions,
): ChildProcess {
  const cwd = workingDirectory(options.cwd);
  return withinAll(surroundings, () => spawn(command, args, { ...options, cwd }));
}

/** As an absolute path: while a thread is elsewhere, relative ones begin at the root. */
export const workingDirectory = (cwd: string | URL = ''): string =>
  resolve(typeof cwd === 'string' ? cwd : fileURLToPath(cwd));
