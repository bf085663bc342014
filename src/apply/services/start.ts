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

/** The name of a service within the lab: `NODE/SERVICE`. */
export const serviceKey = (namespace: NamespaceName, name: string): string => `${nodeOf(namespace)}/${name}`;

/**
 * Starts a service in its own session, with the environment of this process. An earlier service of its name must be
 * stopped. Does not wait for readiness.
 * @throws ServiceError if the program or the working directory does not exist
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
  const isSupervised = service.restart !== 'never' || service.ready?.kind === 'exit';
  const how = isSupervised ? [installSupervisor(labMounts), service.restart] : ['-c', BECOME_PROGRAM];
  const words = [...how, folder, ownUmask()];
  const log = openOwn(`${folder}/${SERVICE_FILES.log}`, constants.O_WRONLY | constants.O_APPEND, PRIVATE_MODE);
  try {
    const env = { ...process.env, ...service.env, [SERVICE_VARIABLE]: key };
    const options: SpawnOptions = { cwd: service.cwd, env, detached: true, stdio: ['ignore', log, log] };
    const child = spawnInNode(namespace, '/bin/sh', [...words, ...service.command], options, `${folder}/${mark}`);
    child.unref();
    await awaitStart(child, key, folder);
    return child;
  } finally {
    closeSync(log);
  }
}

/** This process's umask in octal, from /proc: process.umask() would change it for a moment, for all threads. */
const ownUmask = (): string => statusOf('thread-self').get('Umask') ?? '022';

/** The maximum time to wait for the program to be executed, in milliseconds. */
const START_TIMEOUT = 1000;

/** Waits until the process of the program has written its id, or has exited. */
async function awaitStart(child: ChildProcess, key: string, folder: string): Promise<void> {
  await new Promise<void>((done, fail) => {
    child.once('spawn', done);
    child.once('error', (error) =>
      fail(new ServiceError(key, `${key} could not be started: ${error.message}`, [], { cause: error })),
    );
  });
  const has = (file: string): boolean => existsSync(`${folder}/${file}`);
  const deadline = monotonic() + START_TIMEOUT;
  while (!has(SERVICE_FILES.program) && !has(SERVICE_FILES.ended) && child.exitCode === null) {
    if (monotonic() > deadline) return;
    await sleep(1);
  }
}

/** Reports errors at once that a shell would only write to the log. @throws ServiceError */
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
