import { monotonic, PUBLIC_MODE, readOwn, writeOwn, LONGEST_TIMER } from '../../base/index.ts';
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NamespaceName, Readiness, ServiceState } from '../../state/index.ts';
import type { LabMounts } from '../../netns/index.ts';
import { hasEnded, netFolder, waitingSockets } from '../../proc/index.ts';
import { nodeProcesses, SERVICE_FILES, serviceFolder, serviceProcesses } from '../../observe/index.ts';
import { ServiceError } from '../error.ts';
import { spawnInNode } from './launch.ts';
import { lastLines, wholeLog } from './log.ts';
import { UserPattern } from './pattern.ts';
import { serviceKey } from './start.ts';
import { SUPERVISOR_MARK } from './supervise.ts';

/** How often it is asked at first, and at last, in milliseconds. */
const FIRST_PAUSE = 2;
const LAST_PAUSE = 100;
/** How long after a child has ended it is heard of at most, in milliseconds. */
const HEARD = 100;
/** How many lines of the log an error ends with. */
const TOLD_LINES = 10;

/** How long a question may take that is asked once, in milliseconds. */
const ONE_QUESTION = 1000;

export interface Started {
  readonly child: ChildProcess;
  readonly at: number;
}

interface Running {
  readonly labMounts: LabMounts;
  readonly namespace: NamespaceName;
  readonly name: string;
  readonly service: ServiceState;
  readonly folder: string;
  /** The process that the service stands and falls with. */
  readonly pid: number | undefined;
  /** What it is to print, of one that is ready when it has. */
  readonly pattern: UserPattern | undefined;
}

/**
 * Waits until a service that runs is ready, and notes that it is.
 * @param started the process, and when it was started by monotonic(), where it was this one that did; otherwise the
 *   time that it may take begins now
 * @throws ServiceError when it ends before, or is not ready in time
 */
export async function awaitService(
  labMounts: LabMounts,
  namespace: NamespaceName,
  name: string,
  service: ServiceState,
  started: Started | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { ready } = service;
  const child = started?.child;
  if (ready === undefined) return;
  const folder = serviceFolder(labMounts, namespace, name);
  const pid = child?.pid ?? keeperOf(labMounts, namespace, name);
  const running = { labMounts, namespace, name, service, folder, pid, pattern: patternOf(ready) };
  const deadline = (started?.at ?? monotonic()) + ready.timeout;
  const isReady = testOf(running, ready, () => Math.max(FIRST_PAUSE, deadline - monotonic()), signal);
  for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LAST_PAUSE)) {
    signal?.throwIfAborted();
    // Asked first, so that what it did last of all counts.
    const alive = isAlive(running.pid);
    if (await isReady()) break;
    if (!alive) throw await ended(running, child);
    if (monotonic() > deadline) throw late(running, ready);
    await sleep(pause, undefined, signal === undefined ? {} : { signal }).catch(() => signal?.throwIfAborted());
  }
  writeOwn(`${folder}/${SERVICE_FILES.ready}`, '', PUBLIC_MODE);
}

/** Whether a service that runs is ready now: asked once. */
export async function isReadyNow(
  labMounts: LabMounts,
  namespace: NamespaceName,
  name: string,
  service: ServiceState,
): Promise<boolean> {
  if (service.ready === undefined) return true;
  const folder = serviceFolder(labMounts, namespace, name);
  const pid = keeperOf(labMounts, namespace, name);
  const running = { labMounts, namespace, name, service, folder, pid, pattern: patternOf(service.ready) };
  return testOf(running, service.ready, () => ONE_QUESTION)();
}

const patternOf = (ready: Readiness): UserPattern | undefined =>
  ready.kind === 'log' ? new UserPattern(ready.pattern) : undefined;

const keeperOf = (labMounts: LabMounts, namespace: NamespaceName, name: string): number | undefined =>
  serviceProcesses(labMounts, nodeProcesses(labMounts, namespace)).find(
    (one) => one.keeper && one.namespace === namespace && one.service === name,
  )?.pid;

const isAlive = (pid: number | undefined): boolean => pid !== undefined && !hasEnded(pid);

/** @param patience how long one question may take now, in milliseconds */
function testOf(
  running: Running,
  ready: Readiness,
  patience: () => number,
  signal?: AbortSignal,
): () => boolean | Promise<boolean> {
  const { namespace, folder, pid, pattern } = running;
  switch (ready.kind) {
    case 'tcp':
      return () => pid !== undefined && waitingSockets(netFolder(pid), 'tcp', ready.port).length > 0;
    case 'http':
      return async () => {
        // Loaded for those that ask.
        const { isAnswered } = await import('./http.ts');
        for (const { address } of pid === undefined ? [] : waitingSockets(netFolder(pid), 'tcp', ready.port))
          if (await isAnswered(namespace, address, ready.port, ready.path, patience())) return true;
        return false;
      };
    case 'log':
      return logTest(folder, pattern!, patience);
    case 'command':
      return () => succeeds(running, ready.command, patience(), signal);
    case 'exit':
      return () => existsSync(`${folder}/${SERVICE_FILES.done}`);
  }
}

/** Looks at what the program has printed since it was last started, when that is more than before, or was too much to tell. */
function logTest(folder: string, pattern: UserPattern, patience: () => number): () => boolean {
  const path = `${folder}/${SERVICE_FILES.log}`;
  let seen = -1;
  return () => {
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (size === seen && !pattern.slow) return false;
    seen = size;
    if (size === 0) return false;
    const text = wholeLog(folder);
    return pattern.test(text.slice(Math.max(0, text.lastIndexOf(`\n${SUPERVISOR_MARK}`))), patience()) === true;
  };
}

/** Runs a program in the node, as the service itself is run, and says whether it ends with status 0. */
async function succeeds(
  { namespace, service }: Running,
  [program, ...args]: readonly string[],
  timeout: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const env = { ...process.env, ...service.env };
  const options: SpawnOptions = {
    cwd: service.cwd,
    env,
    stdio: 'ignore',
    timeout: Math.min(Math.ceil(timeout), LONGEST_TIMER),
  };
  const child = spawnInNode(namespace, program!, args, signal === undefined ? options : { ...options, signal });
  return new Promise((resolve) => {
    child.on('error', () => resolve(false));
    child.on('close', (status) => resolve(status === 0));
  });
}

async function ended(running: Running, child: ChildProcess | undefined): Promise<ServiceError> {
  const how = await statusOf(running.folder, child);
  return told(running, `${how} before it was ready`);
}

/** `ended with status 1`, as far as it is known. */
async function statusOf(folder: string, child: ChildProcess | undefined): Promise<string> {
  // That a child has ended is seen before it is heard.
  if (child !== undefined && child.exitCode === null && child.signalCode === null)
    await Promise.race([once(child, 'exit'), sleep(HEARD)]);
  if (child?.signalCode) return `was ended by ${child.signalCode}`;
  const [status = child?.exitCode ?? undefined] = endedOf(folder);
  return status === undefined ? 'has ended' : `ended with status ${status}`;
}

/** The status a service that is watched over last ended with, and when, in milliseconds since the epoch. */
export function endedOf(folder: string): [status?: number, at?: number] {
  try {
    const match = /^(\d+) (\d+)$/m.exec(readOwn(`${folder}/${SERVICE_FILES.ended}`, 100) ?? '');
    return match === null ? [] : [Number(match[1]), Number(match[2]) * 1000];
  } catch {
    return [];
  }
}

const late = (running: Running, ready: Readiness): ServiceError =>
  told(running, `is not ready after ${ready.timeout / 1000} s: ${missing(ready, running.pattern)}`);

function missing(ready: Readiness, pattern: UserPattern | undefined): string {
  switch (ready.kind) {
    case 'tcp':
      return `nothing listens on port ${ready.port}`;
    case 'http':
      return `a GET of ${ready.path} on port ${ready.port} does not return a status below 400`;
    case 'log':
      return pattern?.slow === true
        ? `matching its output with ${JSON.stringify(ready.pattern)} takes too long; use a pattern with fewer nested repetitions`
        : `its output does not match ${JSON.stringify(ready.pattern)}`;
    case 'command':
      return `"${ready.command.join(' ')}" does not end with status 0`;
    case 'exit':
      return 'it has not ended with status 0';
  }
}

function told({ namespace, name, folder }: Running, what: string): ServiceError {
  const key = serviceKey(namespace, name);
  const lines = lastLines(`${folder}/${SERVICE_FILES.log}`, TOLD_LINES);
  const printed = lines.length === 0 ? ', and it printed nothing' : '';
  return new ServiceError(key, `the service ${key} ${what}${printed}`, lines);
}
