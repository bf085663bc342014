import type { ChildProcess, SpawnOptions } from 'node:child_process';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NamespaceName, ServiceState } from '../../model/index.ts';
import { environmentOf, type Pins } from '../../netns/index.ts';
import { PID_VARIABLE, SERVICE_FILES, SERVICE_VARIABLE, serviceFolder, SPEC_VARIABLE } from '../../state/index.ts';
import { ServiceError } from '../error.ts';
import { spawnInNode } from './launch.ts';
import { rotateLog } from './log.ts';
import { stopService } from './stop.ts';
import { installSupervisor } from './supervise.ts';

/** Tells the program its own process id, and becomes it. */
const BECOME = 'NETWRIGHT_SERVICE_PID=$$; export NETWRIGHT_SERVICE_PID; exec "$@"';

/** A service by `NODE/SERVICE`. */
export const serviceKey = (pins: Pins, namespace: NamespaceName, name: string): string =>
  `${namespace.slice(pins.lab.length + 1)}/${name}`;

/**
 * Starts a service: in a session of its own, with nothing of this process but its environment. What is left of one of its
 * name ends first. The child is not waited for.
 * @throws ServiceError when there is no such program or folder
 */
export async function startService(
  pins: Pins,
  namespace: NamespaceName,
  name: string,
  service: ServiceState,
): Promise<ChildProcess> {
  const key = serviceKey(pins, namespace, name);
  check(key, service);
  const folder = serviceFolder(pins, namespace, name);
  // Where none was ever started, there is nothing to look for.
  if (existsSync(folder)) await stopService(pins, namespace, name);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  rotateLog(folder);
  for (const file of [SERVICE_FILES.ready, SERVICE_FILES.ended, SERVICE_FILES.done])
    rmSync(`${folder}/${file}`, { force: true });
  const isWatched = service.restart !== 'never' || service.ready?.kind === 'exit';
  const words = isWatched ? [installSupervisor(pins), service.restart, folder] : ['-c', BECOME, 'sh'];
  const log = openSync(`${folder}/${SERVICE_FILES.log}`, 'a', 0o640);
  try {
    const env = { ...inherited(), ...service.env, [SERVICE_VARIABLE]: key, [SPEC_VARIABLE]: JSON.stringify(service) };
    const options: SpawnOptions = { cwd: service.cwd, env, detached: true, stdio: ['ignore', log, log] };
    const child = spawnInNode(namespace, '/bin/sh', [...words, ...service.command], options);
    child.unref();
    await began(child, key, isWatched);
    return child;
  } finally {
    closeSync(log);
  }
}

/** How long a program may take from being asked for to being there until nobody waits for it, in milliseconds. */
const BEGINNING = 1000;

/** Waits until the program has taken the place of the shell that it was started by, or has been started by it. */
async function began(child: ChildProcess, key: string, isWatched: boolean): Promise<void> {
  await new Promise<void>((done, fail) => {
    child.once('spawn', done);
    child.once('error', (error) =>
      fail(new ServiceError(key, `${key} could not be started: ${error.message}`, [], { cause: error })),
    );
  });
  const deadline = performance.now() + BEGINNING;
  while (!hasBegun(child.pid!, isWatched) && child.exitCode === null && performance.now() < deadline) await sleep(1);
}

function hasBegun(pid: number, isWatched: boolean): boolean {
  if (!isWatched) return environmentOf(pid)?.has(PID_VARIABLE) !== false;
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1')
      .split(' ')
      .some((other) => other !== '' && environmentOf(Number(other))?.has(PID_VARIABLE) === true);
  } catch {
    // It has ended, or this kernel does not tell (CONFIG_PROC_CHILDREN).
    return true;
  }
}

/** This process's environment, but for the marks of a service that it may run in itself. */
const inherited = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith(SERVICE_VARIABLE)));

/** What a shell would say in the log alone, said at once. */
function check(key: string, { command, cwd, env }: ServiceState): void {
  const [program = ''] = command;
  if (statSync(cwd, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new ServiceError(key, `${key} cannot be started: its working directory ${cwd} is not a folder`);
  const path = env['PATH'] ?? process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin';
  const candidates = program.includes('/') ? [program] : path.split(':').map((folder) => `${folder || '.'}/${program}`);
  if (candidates.some((candidate) => isProgram(resolve(cwd, candidate)))) return;
  const where = program.includes('/') ? `seen from ${cwd}` : `in PATH, ${path}`;
  throw new ServiceError(key, `${key} cannot be started: there is no program "${program}" ${where}`);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
