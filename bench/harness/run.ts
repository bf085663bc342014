import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { COMPILED, compiled, MEMORY, SANDBOX, source, TIMED } from './paths.ts';

/** A program exceeded its time limit. */
export class TooSlowError extends Error {}

export interface RunOptions {
  /** The time limit in milliseconds; 300,000 when absent. */
  readonly limit?: number;
}

/** Runs a program and returns the lines of its output. @throws TooSlowError, or Error if it fails */
export function run(command: readonly string[], { limit = 300_000 }: RunOptions = {}): string[] {
  const [file, ...args] = command;
  const child = spawnSync(file!, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: limit,
    // The processes that it has started end with their sandbox.
    killSignal: 'SIGKILL',
  });
  if (child.error !== undefined) {
    const tooSlow = (child.error as NodeJS.ErrnoException).code === 'ETIMEDOUT';
    throw tooSlow ? new TooSlowError(`${command.join(' ')}: more than ${limit / 1000} s`) : child.error;
  }
  if (child.status !== 0) throw new Error(`${command.join(' ')}: exit ${child.status ?? child.signal}`);
  return child.stdout.trimEnd().split('\n');
}

/** The same command in a sandbox: new mount and network namespaces. */
export const sandboxed = (command: readonly string[]): string[] => ['sh', SANDBOX, ...command];

/** The same command; the last line of its output is its duration in milliseconds. */
export const timed = (command: readonly string[]): string[] => ['bash', TIMED, ...command];

/** The same command; the last line of its output is its maximum resident set size in KiB. */
export const withMemory = (command: readonly string[]): string[] => ['/usr/bin/python3', MEMORY, ...command];

export function compilePeers(): void {
  mkdirSync(COMPILED, { recursive: true });
  for (const name of ['floor', 'drain', 'routes']) {
    run(['gcc', '-O2', '-Wall', '-Wextra', '-o', compiled(name), source(`${name}.c`)]);
  }
}
