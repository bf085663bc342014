import { monotonic, makeOwnFolder, openOwn, PRIVATE_MODE, PUBLIC_MODE, replaceOwn } from '../../base/index.ts';
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { closeSync, constants, existsSync, rmSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeOf, type NamespaceName, type ServiceState } from '../../state/index.ts';
import type { LabMounts } from '../../netns/index.ts';
import { SERVICE_FILES, SERVICE_VARIABLE, serviceFolder } from '../../observe/index.ts';
import { ServiceError } from '../error.ts';
import { spawnInNode } from './launch.ts';
import { rotateLog } from './log.ts';
import { BECOME_PROGRAM, installSupervisor } from './supervise.ts';
import { findProgram, statusOf } from '../../proc/index.ts';

/** A service by `NODE/SERVICE`. */
export const serviceKey = (namespace: NamespaceName, name: string): string => `${nodeOf(namespace)}/${name}`;

/**
 * Starts a service: in a session of its own, with nothing of this process but its environment. One of its name must have been
 * stopped. The child is not waited for.
 * @throws ServiceError when there is no such program or folder
 */
export async function startService(
  labMounts: LabMounts,
  namespace: NamespaceName,
  name: string,
  service: ServiceState,
): Promise<ChildProcess> {
  const key = serviceKey(namespace, name);
  check(key, service);
  const folder = serviceFolder(labMounts, namespace, name);
  makeOwnFolder(folder);
  rotateLog(folder);
  const { log: _, mark, spec, ...ofLastRun } = SERVICE_FILES;
  for (const file of Object.values(ofLastRun)) rmSync(`${folder}/${file}`, { recursive: true, force: true });
  replaceOwn(`${folder}/${spec}`, JSON.stringify(service), PRIVATE_MODE);
  closeSync(openOwn(`${folder}/${mark}`, constants.O_WRONLY, PUBLIC_MODE));
  const isWatched = service.restart !== 'never' || service.ready?.kind === 'exit';
  const how = isWatched ? [installSupervisor(labMounts), service.restart] : ['-c', BECOME_PROGRAM];
  const words = [...how, folder, ownUmask()];
  const log = openOwn(`${folder}/${SERVICE_FILES.log}`, constants.O_WRONLY | constants.O_APPEND, PRIVATE_MODE);
  try {
    const env = { ...process.env, ...service.env, [SERVICE_VARIABLE]: key };
    const options: SpawnOptions = { cwd: service.cwd, env, detached: true, stdio: ['ignore', log, log] };
    const child = spawnInNode(namespace, '/bin/sh', [...words, ...service.command], options, `${folder}/${mark}`);
    child.unref();
    await began(child, key, folder);
    return child;
  } finally {
    closeSync(log);
  }
}

/** This thread's umask, in octal digits. Node can only tell it by changing it for a moment, for all threads. */
const ownUmask = (): string => statusOf('thread-self').get('Umask') ?? '022';

/** How long a program may take from being asked for to being there until nobody waits for it, in milliseconds. */
const BEGINNING = 1000;

/** Waits until the program has said its process id, or has ended already. */
async function began(child: ChildProcess, key: string, folder: string): Promise<void> {
  await new Promise<void>((done, fail) => {
    child.once('spawn', done);
    child.once('error', (error) =>
      fail(new ServiceError(key, `${key} could not be started: ${error.message}`, [], { cause: error })),
    );
  });
  const has = (file: string): boolean => existsSync(`${folder}/${file}`);
  const deadline = monotonic() + BEGINNING;
  while (!has(SERVICE_FILES.program) && !has(SERVICE_FILES.ended) && child.exitCode === null) {
    if (monotonic() > deadline) return;
    await sleep(1);
  }
}

/** What a shell would say in the log alone, said at once. */
function check(key: string, { command, cwd, env }: ServiceState): void {
  const [program = ''] = command;
  if (statSync(cwd, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new ServiceError(
      key,
      `${key} cannot be started: its working directory ${cwd} does not exist or is not a folder`,
    );
  const path = env['PATH'] ?? process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin';
  if (findProgram(program, path, cwd).path !== undefined) return;
  const where = program.includes('/') ? `relative to ${cwd}` : `in PATH, ${path}`;
  throw new ServiceError(key, `${key} cannot be started: there is no program "${program}" ${where}`);
}
