import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { StdioOptions } from 'node:child_process';
import { SyscallError } from './error.ts';

/** A call of a C library function as data: the signature in koffi's syntax, and the arguments. */
export interface NativeCall {
  readonly signature: string;
  readonly args: readonly (number | string | null | Uint8Array | SeccompProgram)[];
  /** For error messages: the system call, and its object. */
  readonly syscall: string;
  readonly subject?: string;
}

/** struct sock_fprog of linux/filter.h: `netwright_fprog *` in a signature. */
export interface SeccompProgram {
  readonly len: number;
  readonly filter: Uint8Array;
}

/** A program to start. The output of a stream that is `pipe` is collected and returned when the stream ends. */
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
  /** Resolves when the process has exited. Its children may still hold its streams open. */
  readonly exited: Promise<void>;
  /** Resolves when the process has exited and its streams are closed. */
  readonly ended: Promise<ThreadEnd>;
  /** Resolves at the first output on standard output, or when the process has ended without any. */
  readonly spoken: Promise<void>;
  /** Writes to standard input, if that is `pipe`; without an argument closes it. */
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
 * The code of the thread. It is text, so that a bundle of this file needs no second file. It only carries out the
 * messages that the TypeScript below posts.
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
  const output = { stdout: [], stderr: [] };
  for (const name of ['stdout', 'stderr']) {
    child[name]?.on('data', (chunk) => {
      if (name === 'stdout' && output.stdout.length === 0) post({ kind: 'spoken', id });
      output[name].push(chunk);
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
    const [stdout, stderr] = [Buffer.concat(output.stdout), Buffer.concat(output.stderr)];
    post({ kind: 'ended', id, status, signal, stdout, stderr });
  });
};
parentPort.on('message', ({ calls, id, program, input, done }) => {
  if (calls !== undefined) call(calls);
  else if (program !== undefined) start(id, program);
  else if (id !== undefined) done ? children.get(id)?.stdin?.end() : children.get(id)?.stdin?.write(input);
  else parentPort.close();
});
`;

/** The path of koffi for the thread, whose code is in no file. The command line's bundle is CommonJS: no import.meta. */
const koffiPath = (): string =>
  createRequire(typeof __filename === 'undefined' ? import.meta.url : __filename).resolve('koffi');

/**
 * A thread for changes that cannot be undone. The kernel keeps namespaces, capabilities, no_new_privs and seccomp
 * filters per thread, and a program inherits those of the thread that forks. The thread ends after its programs.
 */
export class DisposableThread {
  readonly #worker = new Worker(CODE, { eval: true, workerData: koffiPath() });
  readonly #processes: {
    started: (pid: number) => void;
    failed: (error: Error) => void;
    spoken: () => void;
    exited: () => void;
    ended: (end: ThreadEnd) => void;
    command: string;
  }[] = [];
  #pendingCall: { calls: readonly NativeCall[]; resolve: () => void; reject: (error: Error) => void } | undefined;

  constructor() {
    this.#worker.on('message', (reply: Reply) => this.#receive(reply));
    this.#worker.on('error', (error) => this.#fail(error));
  }

  #post(message: object): void {
    this.#worker.postMessage(message);
  }

  #receive(reply: Reply): void {
    if (reply.kind === 'called') this.#pendingCall?.resolve();
    else if (reply.kind === 'refused') {
      const { syscall, subject } = this.#pendingCall!.calls[reply.index]!;
      this.#pendingCall!.reject(new SyscallError(syscall, reply.errno, subject));
    } else {
      const program = this.#processes[reply.id]!;
      if (reply.kind === 'started') program.started(reply.pid);
      else if (reply.kind === 'not started') program.failed(new SyscallError('execve', reply.errno, program.command));
      else if (reply.kind === 'spoken') program.spoken();
      else if (reply.kind === 'exited') program.exited();
      else program.ended(reply);
    }
  }

  #fail(error: Error): void {
    this.#pendingCall?.reject(error);
    for (const { failed } of this.#processes) failed(error);
  }

  /** Makes the calls in order. @throws SyscallError of the first that returns a negative number; skips the rest */
  call(calls: readonly NativeCall[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pendingCall = { calls, resolve, reject };
      this.#post({ calls });
    });
  }

  /** Starts a program, which inherits the thread's namespaces and limits. @throws SyscallError ENOENT, EACCES … */
  start(program: ThreadProgram): Promise<ThreadProcess> {
    const id = this.#processes.length;
    return new Promise((resolve, reject) => {
      let spoken!: () => void;
      const firstOutput = new Promise<void>((done) => (spoken = done));
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
        started: (pid) => resolve({ pid, spoken: firstOutput, exited: exit, ended: end, write }),
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

  /** Ends the thread when its programs have ended. */
  close(): void {
    this.#post({});
  }

  /** Ends the thread at once. Its programs go on. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }
}
