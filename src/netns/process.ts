import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { within, withinMounts } from './excursion.ts';

/** A network namespace with the mounts that go with it, by their descriptors. */
export interface Surroundings {
  readonly net: number;
  readonly mounts: number;
}

/** Starts a program in a namespace: a child of this process, forked while this thread is there. */
export function spawnIn(
  surroundings: Surroundings,
  command: string,
  args: readonly string[],
  options: SpawnOptions,
): ChildProcess {
  const cwd = options.cwd ?? process.cwd();
  return within(surroundings.net, () =>
    withinMounts(surroundings.mounts, () => spawn(command, args, { ...options, cwd })),
  );
}
