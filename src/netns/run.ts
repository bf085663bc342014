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

/** How a program is run, and what is taken of what it prints. */
export interface ExecOptions {
  /** This process's when absent. */
  readonly env?: NodeJS.ProcessEnv;
  /** This process's when absent. */
  readonly cwd?: string | URL;
  /** What the program reads from its standard input, which is empty otherwise. */
  readonly input?: string | Uint8Array;
  /** Milliseconds after which the program is ended, never for 0 or Infinity: with SIGTERM, and two seconds later with SIGKILL. */
  readonly timeout?: number;
  /** Ends the program in the same way. */
  readonly signal?: AbortSignal;
  /** Of what it prints; `utf8` when absent, and `buffer` for the bytes as they are. */
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

/** What came of a program. All it printed is kept, however much: for more than memory holds there is `spawn`. */
export interface ExecResult<Output = string> {
  readonly stdout: Output;
  readonly stderr: Output;
  /** The exit status; null when a signal ended the program. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How long a program has to end after SIGTERM before SIGKILL, in milliseconds. */
const GRACE = 2000;
/** How long what a program that was ended has printed may take to arrive: others may hold its output open. */
const DRAIN = 100;

/**
 * Runs a program in a namespace to its end. When its time is over or the signal aborts it is ended first, and this settles
 * when it has.
 * @throws SyscallError ENOENT when there is no such program; AbortError; UsageError
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
  // A program may end without reading what it is given.
  stdin?.on('error', () => {}).end(input ?? '');

  const end = (): void => void endChild(child, outputs);
  const callOff = timeout > 0 ? after(timeout, end) : undefined;
  signal?.addEventListener('abort', end);
  try {
    // Most programs have ended once their output has, and then their end need not be waited for.
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

/** Where programs are looked for when the environment does not say (confstr(3), _CS_PATH). */
const USUAL_PATH = '/bin:/usr/bin';

const ENOENT = 2;
const EACCES = 13;

/** @throws SyscallError ENOENT when there is no such program, EACCES when what there is cannot be run */
function executable(command: string, cwd: string, path = USUAL_PATH): string {
  // A path is the kernel's to look at, when the program is in the namespace.
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
  const kept: number[] = [];
  const given: number[] = [];
  const give = (end: 'reading' | 'writing'): number => {
    const [reading, writing] = pipe();
    kept.push(end === 'reading' ? writing : reading);
    given.push(end === 'reading' ? reading : writing);
    return given.at(-1)!;
  };
  try {
    const stdio = [hasInput ? give('reading') : undefined, give('writing'), give('writing')];
    const child = withinAll(nodeNamespaces, () => Child.start(program, stdio));
    const [stderr, stdout, stdin] = kept.toReversed();
    return {
      child,
      stdin: stdin === undefined ? undefined : writableOf(stdin),
      outputs: [stdout!, stderr!].map(readableOf),
    };
  } catch (error) {
    for (const fd of kept) libc.close(fd);
    if (error instanceof SyscallError && error.code === 'ENOENT' && !existsSync(program.cwd))
      throw new SyscallError('chdir', error.errno, program.cwd);
    throw error;
  } finally {
    for (const fd of given) libc.close(fd);
  }
}

/** All that can be read, until nobody can write any more or the stream is destroyed. */
const read = (stream: Readable): Promise<Buffer> =>
  new Promise((resolve) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    // Reading a pipe does not fail but by a fault of the machine; what there was is all there is then.
    stream.on('error', () => {});
    stream.on('close', () => resolve(Buffer.concat(chunks)));
  });

/** Ends a child, and the reading of what it prints, which others that it has started may hold open. */
async function endChild(child: Child, outputs: readonly Readable[]): Promise<void> {
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), GRACE);
  try {
    await child.ended();
    await sleep(DRAIN, undefined, { ref: false });
  } catch {
    // That it cannot be waited for is told to whoever waits for it.
  } finally {
    clearTimeout(kill);
    for (const output of outputs) output.destroy();
  }
}
