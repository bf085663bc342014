import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { COMPILED, compiled, MEMORY, SANDBOX, source, TIMED } from './paths.ts';

/** A program took longer than it may. */
export class TooSlowError extends Error {}

export interface RunOptions {
  /** How long it may take, in milliseconds. */
  readonly limit?: number;
}

/** Runs a program and returns the lines it printed. @throws TooSlowError */
export function run(command: readonly string[], { limit = 300_000 }: RunOptions = {}): string[] {
  const [file, ...args] = command;
  const child = spawnSync(file!, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: limit,
    // It and what it started are in a sandbox that dies with them.
    killSignal: 'SIGKILL',
  });
  if (child.error !== undefined) {
    const tooSlow = (child.error as NodeJS.ErrnoException).code === 'ETIMEDOUT';
    throw tooSlow ? new TooSlowError(`${command.join(' ')}: more than ${limit / 1000} s`) : child.error;
  }
  if (child.status !== 0) throw new Error(`${command.join(' ')}: exit ${child.status ?? child.signal}`);
  return child.stdout.trimEnd().split('\n');
}

/** The same command in namespaces of its own. */
export const sandboxed = (command: readonly string[]): string[] => ['sh', SANDBOX, ...command];

/** The same command, which prints as its last line how long it took from start to end. */
export const timed = (command: readonly string[]): string[] => ['bash', TIMED, ...command];

/** The same command, which prints as its last line how many KiB of memory it had at most. */
export const withMemory = (command: readonly string[]): string[] => ['/usr/bin/python3', MEMORY, ...command];

export function compilePeers(): void {
  mkdirSync(COMPILED, { recursive: true });
  for (const name of ['floor', 'drain', 'routes']) {
    run(['gcc', '-O2', '-Wall', '-Wextra', '-o', compiled(name), source(`${name}.c`)]);
  }
}
