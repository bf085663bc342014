import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { StdioOptions } from 'node:child_process';
import { SyscallError } from './error.ts';

/** A call of the C library as data: the function's signature, as koffi reads it, and its arguments. */
export interface NativeCall {
  readonly signature: string;
  readonly args: readonly (number | string | null | Uint8Array | SeccompProgram)[];
  /** What an error calls it, and what it was about. */
  readonly syscall: string;
  readonly subject?: string;
}

/** struct sock_fprog of linux/filter.h; in a signature, `netwright_fprog *`. */
export interface SeccompProgram {
  readonly len: number;
  readonly filter: Uint8Array;
}

/** A program to start. What it says on a stream that is `pipe` is heard in whole when it has ended. */
export interface ThreadProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly stdio: StdioOptions;
  readonly uid?: number;
  readonly gid?: number;
}

export interface ThreadProcess {
  readonly pid: number;
  /** Resolves when it has ended; what it started may still hold its streams. */
  readonly exited: Promise<void>;
  /** Resolves when it has ended, and its streams have. */
  readonly ended: Promise<ThreadEnd>;
  /** Resolves with the first that it says on its standard output, or when it has ended without. */
  readonly spoken: Promise<void>;
  /** Gives it input, if its standard input is `pipe`; ends that when there is nothing. */
  readonly write: (data?: string | Uint8Array) => void;
}

export interface ThreadEnd {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

/** A program that could not be started: `code` is the errno's name. */
interface StartFailure {
  readonly code: string;
  readonly errno: number;
}

type Reply =
  | { readonly kind: 'called' }
  | { readonly kind: 'refused'; readonly index: number; readonly errno: number }
  | { readonly kind: 'started'; readonly id: number; readonly pid: number }
  | ({ readonly kind: 'not started'; readonly id: number } & StartFailure)
  | { readonly kind: 'spoken'; readonly id: number }
  | { readonly kind: 'exited'; readonly id: number }
  | ({ readonly kind: 'ended'; readonly id: number } & ThreadEnd);

/**
 * What runs on the thread. It is text, since it must be found wherever this file has been bundled to; it does as it is
 * told, and what that is is said in TypeScript.
 */
const CODE = `
const { parentPort, workerData } = require('node:worker_threads');
const { spawn } = require('node:child_process');
const koffi = require(workerData);
const lib = koffi.load(null);
koffi.struct('netwright_fprog', { len: 'uint16_t', filter: 'void *' });
const children = new Map();
const post = (message) => parentPort.postMessage(message);
const call = (calls) => {
  for (let index = 0; index < calls.length; index++) {
    const { signature, args } = calls[index];
    if (lib.func(signature)(...args) < 0) return post({ kind: 'refused', index, errno: koffi.errno() });
  }
  post({ kind: 'called' });
};
const start = (id, { command, args, ...options }) => {
  const child = spawn(command, args, options);
  const said = { stdout: [], stderr: [] };
  for (const name of ['stdout', 'stderr']) {
    child[name]?.on('data', (chunk) => {
      if (name === 'stdout' && said.stdout.length === 0) post({ kind: 'spoken', id });
      said[name].push(chunk);
    });
  }
  child.stdin?.on('error', () => {});
  child.on('error', ({ code, errno }) => post({ kind: 'not started', id, code, errno: -errno }));
  if (child.pid === undefined) return;
  children.set(id, child);
  post({ kind: 'started', id, pid: child.pid });
  child.on('exit', () => post({ kind: 'exited', id }));
  child.on('close', (status, signal) => {
    children.delete(id);
    post({ kind: 'ended', id, status, signal, stdout: Buffer.concat(said.stdout), stderr: Buffer.concat(said.stderr) });
  });
};
parentPort.on('message', ({ calls, id, program, input, done }) => {
  if (calls !== undefined) call(calls);
  else if (program !== undefined) start(id, program);
  else if (id !== undefined) done ? children.get(id)?.stdin?.end() : children.get(id)?.stdin?.write(input);
  else parentPort.close();
});
`;

/** Where koffi is, for a thread that is in no file. In the command line's bundle, which is CommonJS, there is no URL. */
const koffiPath = (): string =>
  createRequire(typeof __filename === 'undefined' ? import.meta.url : __filename).resolve('koffi');

/**
 * A thread to be given up: the kernel keeps namespaces, capabilities, no_new_privs and seccomp filters for each thread,
 * and a program inherits those of the thread that forks. What cannot be undone is done to a thread that then ends.
 */
export class SacrificialThread {
  readonly #worker = new Worker(CODE, { eval: true, workerData: koffiPath() });
  readonly #processes: {
    started: (pid: number) => void;
    failed: (error: Error) => void;
    spoken: () => void;
    exited: () => void;
    ended: (end: ThreadEnd) => void;
    command: string;
  }[] = [];
  #called: { calls: readonly NativeCall[]; resolve: () => void; reject: (error: Error) => void } | undefined;

  constructor() {
    this.#worker.on('message', (reply: Reply) => this.#hear(reply));
    this.#worker.on('error', (error) => this.#fail(error));
  }

  #post(order: object): void {
    this.#worker.postMessage(order);
  }

  #hear(reply: Reply): void {
    if (reply.kind === 'called') this.#called?.resolve();
    else if (reply.kind === 'refused') {
      const { syscall, subject } = this.#called!.calls[reply.index]!;
      this.#called!.reject(new SyscallError(syscall, reply.errno, subject));
    } else {
      const waiting = this.#processes[reply.id]!;
      if (reply.kind === 'started') waiting.started(reply.pid);
      else if (reply.kind === 'not started') waiting.failed(new SyscallError('execve', reply.errno, waiting.command));
      else if (reply.kind === 'spoken') waiting.spoken();
      else if (reply.kind === 'exited') waiting.exited();
      else waiting.ended(reply);
    }
  }

  #fail(error: Error): void {
    this.#called?.reject(error);
    for (const { failed } of this.#processes) failed(error);
  }

  /** Makes the calls one after another. @throws SyscallError of the first that returned a negative number */
  call(calls: readonly NativeCall[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#called = { calls, resolve, reject };
      this.#post({ calls });
    });
  }

  /** Starts a program: what has been done to the thread, it inherits. @throws SyscallError ENOENT, EACCES … */
  start(program: ThreadProgram): Promise<ThreadProcess> {
    const id = this.#processes.length;
    return new Promise((resolve, reject) => {
      let spoken!: () => void;
      const speech = new Promise<void>((done) => (spoken = done));
      let exited!: () => void;
      const exit = new Promise<void>((done) => (exited = done));
      let ended!: (end: ThreadEnd) => void;
      const end = new Promise<ThreadEnd>((done) => (ended = done));
      const write = (data?: string | Uint8Array): void => {
        this.#post(data === undefined ? { id, done: true } : { id, input: data });
      };
      this.#processes.push({
        command: program.command,
        failed: reject,
        started: (pid) => resolve({ pid, spoken: speech, exited: exit, ended: end, write }),
        spoken,
        exited,
        ended: (outcome) => {
          spoken();
          ended(outcome);
        },
      });
      this.#post({ id, program });
    });
  }

  /** Ends the thread, once the programs it started have ended. */
  close(): void {
    this.#post({});
  }

  /** Ends the thread at once. The programs it started go on. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }
}
