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

/** The first and the longest pause between two checks, in milliseconds. */
const FIRST_PAUSE = 2;
const LAST_PAUSE = 100;
/** The maximum time to wait for the `exit` event of a child that has exited, in milliseconds. */
const EXIT_EVENT_TIMEOUT = 100;
/** The number of log lines in an error. */
const ERROR_LINES = 10;

/** The timeout of a single check, in milliseconds. */
const SINGLE_CHECK_TIMEOUT = 1000;

/** A service that this process has started. */
export interface Started {
  readonly child: ChildProcess;
  /** The time of the start, by monotonic(). */
  readonly at: number;
}

interface Running {
  readonly labMounts: LabMounts;
  readonly namespace: NamespaceName;
  readonly name: string;
  readonly service: ServiceState;
  readonly folder: string;
  /** The main process: the service runs as long as it does. */
  readonly pid: number | undefined;
  /** For readiness by the log: the pattern that the output must match. */
  readonly pattern: UserPattern | undefined;
}

/**
 * Waits until a running service is ready, and records that in its folder.
 * @param started the process, if this process has started it; otherwise the time limit starts now
 * @throws ServiceError if it exits before, or is not ready in time
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
    // Checked before readiness, so that the last actions of an exiting service count.
    const alive = isAlive(running.pid);
    if (await isReady()) break;
    if (!alive) throw await ended(running, child);
    if (monotonic() > deadline) throw late(running, ready);
    await sleep(pause, undefined, signal === undefined ? {} : { signal }).catch(() => signal?.throwIfAborted());
  }
  writeOwn(`${folder}/${SERVICE_FILES.ready}`, '', PUBLIC_MODE);
}

/** Whether a running service is ready now. Checks once. */
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
  return testOf(running, service.ready, () => SINGLE_CHECK_TIMEOUT)();
}

const patternOf = (ready: Readiness): UserPattern | undefined =>
  ready.kind === 'log' ? new UserPattern(ready.pattern) : undefined;

const keeperOf = (labMounts: LabMounts, namespace: NamespaceName, name: string): number | undefined =>
  serviceProcesses(labMounts, nodeProcesses(labMounts, namespace)).find(
    (process) => process.keeper && process.namespace === namespace && process.service === name,
  )?.pid;

const isAlive = (pid: number | undefined): boolean => pid !== undefined && !hasEnded(pid);

/**
 * Returns a function that checks for readiness.
 * @param maxTime returns the time limit for the next check, in milliseconds
 */
function testOf(
  running: Running,
  ready: Readiness,
  maxTime: () => number,
  signal?: AbortSignal,
): () => boolean | Promise<boolean> {
  const { namespace, folder, pid, pattern } = running;
  switch (ready.kind) {
    case 'tcp':
      return () => pid !== undefined && waitingSockets(netFolder(pid), 'tcp', ready.port).length > 0;
    case 'http':
      return async () => {
        // Loaded only if needed.
        const { respondsToGet } = await import('./http.ts');
        for (const { address } of pid === undefined ? [] : waitingSockets(netFolder(pid), 'tcp', ready.port))
          if (await respondsToGet(namespace, address, ready.port, ready.path, maxTime())) return true;
        return false;
      };
    case 'log':
      return logTest(folder, pattern!, maxTime);
    case 'command':
      return () => succeeds(running, ready.command, maxTime(), signal);
    case 'exit':
      return () => existsSync(`${folder}/${SERVICE_FILES.done}`);
  }
}

/**
 * Matches the output since the last start of the program. Skips the match if there is no new output, unless the last
 * match timed out.
 */
function logTest(folder: string, pattern: UserPattern, maxTime: () => number): () => boolean {
  const path = `${folder}/${SERVICE_FILES.log}`;
  let previousSize = -1;
  return () => {
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (size === previousSize && !pattern.slow) return false;
    previousSize = size;
    if (size === 0) return false;
    const text = wholeLog(folder);
    return pattern.test(text.slice(Math.max(0, text.lastIndexOf(`\n${SUPERVISOR_MARK}`))), maxTime()) === true;
  };
}

/** Runs a program in the node like the service itself. Returns whether it exits with status 0. */
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
  return serviceError(running, `${how} before it was ready`);
}

/** How the service has exited, as far as known: `ended with status 1`. */
async function statusOf(folder: string, child: ChildProcess | undefined): Promise<string> {
  // The exit of a child is visible in /proc before Node emits `exit`.
  if (child !== undefined && child.exitCode === null && child.signalCode === null)
    await Promise.race([once(child, 'exit'), sleep(EXIT_EVENT_TIMEOUT)]);
  if (child?.signalCode) return `was ended by ${child.signalCode}`;
  const [status = child?.exitCode ?? undefined] = lastExitOf(folder);
  return status === undefined ? 'has ended' : `ended with status ${status}`;
}

/** The last exit status of a supervised service, and its time in milliseconds since the epoch; empty if unknown. */
export function lastExitOf(folder: string): [status?: number, at?: number] {
  try {
    const match = /^(\d+) (\d+)$/m.exec(readOwn(`${folder}/${SERVICE_FILES.ended}`, 100) ?? '');
    return match === null ? [] : [Number(match[1]), Number(match[2]) * 1000];
  } catch {
    return [];
  }
}

const late = (running: Running, ready: Readiness): ServiceError =>
  serviceError(running, `is not ready after ${ready.timeout / 1000} s: ${missing(ready, running.pattern)}`);

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

function serviceError({ namespace, name, folder }: Running, problem: string): ServiceError {
  const key = serviceKey(namespace, name);
  const lines = lastLines(`${folder}/${SERVICE_FILES.log}`, ERROR_LINES);
  const printed = lines.length === 0 ? ', and it printed nothing' : '';
  return new ServiceError(key, `the service ${key} ${problem}${printed}`, lines);
}
