import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { CLONE_NEWNET, CLONE_NEWNS, libc, SIGPIPE } from '../ffi/index.ts';
import { within, withinMounts } from './excursion.ts';
import { arrangeMounts } from './mounts.ts';
import { openNamespace } from './namespace.ts';

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

/**
 * Becomes a program in a named namespace: this process ends as it. Returns only by throwing.
 * @throws SyscallError ENOENT when there is no such program
 */
export function becomeIn(
  namespace: string,
  command: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): never {
  const directory = process.cwd();
  const fd = openNamespace(namespace);
  libc.setns(fd, CLONE_NEWNET);
  libc.close(fd);
  libc.unshare(CLONE_NEWNS);
  arrangeMounts(namespace);
  libc.chdir(directory);
  const env = Object.entries(environment).map(([key, value]) => `${key}=${value ?? ''}`);
  libc.defaultSignal(SIGPIPE);
  return libc.execvpe(command, [command, ...args], env);
}
