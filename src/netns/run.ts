import { existsSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  checkArgument,
  checkOptions,
  type OptionKinds,
  workingDirectory,
  AbortError,
  UsageError,
  after,
} from '../base/index.ts';
import { libc, pipe, SyscallError, type Program } from '../ffi/index.ts';
import { findProgram } from '../proc/index.ts';
import { Child } from './child.ts';
import { withinAll, type NodeNamespaces } from './node-namespaces.ts';
import { readableOf, writableOf } from './pipe-streams.ts';

/** How to run a program, and how to return its output. */
export interface ExecOptions {
  /** The environment; this process's if absent. */
  readonly env?: NodeJS.ProcessEnv;
  /** The working directory; this process's if absent. */
  readonly cwd?: string | URL;
  /** The standard input of the program; empty if absent. */
  readonly input?: string | Uint8Array;
  /**
   * Milliseconds until the program is ended, with SIGTERM and two seconds later with SIGKILL. 0 or Infinity, the
   * default, means never.
   */
  readonly timeout?: number;
  /** Ends the program in the same way when it aborts. */
  readonly signal?: AbortSignal;
  /** The encoding of the output: `utf8` if absent; `buffer` returns the bytes. */
  readonly encoding?: BufferEncoding | 'buffer';
}

const EXEC_OPTIONS: OptionKinds<ExecOptions> = {
  env: 'object',
  cwd: 'folder',
  input: 'bytes',
  timeout: 'time',
  signal: 'signal',
  encoding: 'text',
};

/** The result of a program. All output is kept in memory: for a large output use `spawn`. */
export interface ExecResult<Output = string> {
  readonly stdout: Output;
  readonly stderr: Output;
  /** The exit status; null if a signal ended the program. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Milliseconds between SIGTERM and SIGKILL. */
const GRACE = 2000;
/** Milliseconds to wait for the output of a program that was ended: other processes can hold its pipes open. */
const DRAIN = 100;

/**
 * Runs a program in a node's namespaces to its end. If it times out or is aborted, the promise settles after the
 * program has ended.
 * @throws SyscallError ENOENT if there is no such program; AbortError; UsageError
 */
export async function runIn(
  nodeNamespaces: NodeNamespaces,
  command: string,
  args: readonly string[],
  options: ExecOptions,
): Promise<ExecResult<string | Buffer>> {
  const { input, timeout = 0, signal, encoding = 'utf8' } = options;
  checkOptions(options, EXEC_OPTIONS);
  throwIfAborted(signal);
  const { child, stdin, outputs } = start(nodeNamespaces, programOf(command, args, options), input !== undefined);
  // A program can end without reading its input.
  stdin?.on('error', () => {}).end(input ?? '');

  const end = (): void => void endChild(child, outputs);
  const callOff = timeout > 0 ? after(timeout, end) : undefined;
  signal?.addEventListener('abort', end);
  try {
    // Most programs have ended when their output has, so that there is nothing to wait for.
    const printed = await Promise.all(outputs.map(read));
    const exit = await child.ended();
    throwIfAborted(signal);
    const [stdout, stderr] = encoding === 'buffer' ? printed : printed.map((bytes) => bytes.toString(encoding));
    return { stdout: stdout!, stderr: stderr!, ...exit };
  } finally {
    callOff?.();
    signal?.removeEventListener('abort', end);
    stdin?.destroy();
    child.kill('SIGKILL');
  }
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new AbortError(signal.reason);
}

function programOf(command: string, args: readonly string[], { cwd, env = process.env }: ExecOptions): Program {
  checkArgument('command', command, 'text');
  checkArgument('args', args, 'texts');
  const directory = workingDirectory(cwd);
  const environment = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  if ([command, ...args, ...environment, directory].some((text) => text.includes('\0')))
    throw new UsageError(
      `"${command}" cannot be run: its arguments, environment or working directory contain a null byte`,
    );
  return {
    path: executable(command, directory, env['PATH']),
    argv: [command, ...args],
    env: environment,
    cwd: directory,
  };
}

/** The directories to search if the environment has no PATH (confstr(3), _CS_PATH). */
const USUAL_PATH = '/bin:/usr/bin';

const ENOENT = 2;
const EACCES = 13;

/** @throws SyscallError ENOENT if there is no such program, EACCES if the only such files cannot be executed */
function executable(command: string, cwd: string, path = USUAL_PATH): string {
  // A path is resolved by the kernel, when the child is in the namespaces.
  if (command.includes('/')) return command;
  const found = findProgram(command, path, cwd);
  if (found.path !== undefined) return found.path;
  throw new SyscallError('posix_spawn', found.closed ? EACCES : ENOENT, command);
}

interface Started {
  readonly child: Child;
  readonly stdin: Writable | undefined;
  readonly outputs: readonly Readable[];
}

function start(nodeNamespaces: NodeNamespaces, program: Program, hasInput: boolean): Started {
  const ownEnds: number[] = [];
  const childEnds: number[] = [];
  const openPipe = (end: 'reading' | 'writing'): number => {
    const [reading, writing] = pipe();
    ownEnds.push(end === 'reading' ? writing : reading);
    childEnds.push(end === 'reading' ? reading : writing);
    return childEnds.at(-1)!;
  };
  try {
    const stdio = [hasInput ? openPipe('reading') : undefined, openPipe('writing'), openPipe('writing')];
    const child = withinAll(nodeNamespaces, () => Child.start(program, stdio));
    const [stderr, stdout, stdin] = ownEnds.toReversed();
    return {
      child,
      stdin: stdin === undefined ? undefined : writableOf(stdin),
      outputs: [stdout!, stderr!].map(readableOf),
    };
  } catch (error) {
    for (const fd of ownEnds) libc.close(fd);
    if (error instanceof SyscallError && error.code === 'ENOENT' && !existsSync(program.cwd))
      throw new SyscallError('chdir', error.errno, program.cwd);
    throw error;
  } finally {
    for (const fd of childEnds) libc.close(fd);
  }
}

/** Reads a pipe until its end, or until the stream is destroyed. */
const read = (stream: Readable): Promise<Buffer> =>
  new Promise((resolve) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    // Reading a pipe fails only if the host is broken; then the data so far is the result.
    stream.on('error', () => {});
    stream.on('close', () => resolve(Buffer.concat(chunks)));
  });

/** Ends a child, and closes its output pipes, which its own children can hold open. */
async function endChild(child: Child, outputs: readonly Readable[]): Promise<void> {
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), GRACE);
  try {
    await child.ended();
    await sleep(DRAIN, undefined, { ref: false });
  } catch {
    // A failure to wait for the child is reported by the caller's own ended().
  } finally {
    clearTimeout(kill);
    for (const output of outputs) output.destroy();
  }
}
