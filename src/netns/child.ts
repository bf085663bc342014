import { libc, POLLIN, reap, spawn, SyscallError, type Exit, type Program } from '../ffi/index.ts';
import { untilReady } from '../netlink/index.ts';

/** A child of this process that Node's event loop does not know of: nobody else learns how it ended. */
export class Child {
  readonly #pid: number;
  #exit: Exit | undefined;
  #ended: Promise<Exit> | undefined;

  private constructor(pid: number) {
    this.#pid = pid;
  }

  /**
   * Starts a program in the namespaces that this thread is in.
   * @param stdio the descriptors of its standard streams; undefined stands for /dev/null
   * @throws SyscallError
   */
  static start(program: Program, stdio: readonly (number | undefined)[]): Child {
    try {
      return new Child(spawn(program, stdio));
    } catch (error) {
      if (!(error instanceof SyscallError && error.code === 'ENOEXEC')) throw error;
      // As execvp(3): what the kernel does not know for a program is a script for sh.
      const { path, argv } = program;
      return new Child(spawn({ ...program, path: '/bin/sh', argv: [argv[0]!, path, ...argv.slice(1)] }, stdio));
    }
  }

  /** How it ended, once it has. To be asked for in any case: until then it stays, as a zombie. */
  ended(): Promise<Exit> {
    this.#ended ??= this.#wait();
    return this.#ended;
  }

  async #wait(): Promise<Exit> {
    for (;;) {
      this.#exit = reap(this.#pid);
      if (this.#exit !== undefined) return this.#exit;
      const pidfd = libc.pidfdOpen(this.#pid);
      try {
        await untilReady(pidfd, POLLIN);
      } finally {
        libc.close(pidfd);
      }
    }
  }

  /** Sends it a signal, unless it is known to have ended. */
  kill(signal: NodeJS.Signals): void {
    if (this.#exit !== undefined) return;
    try {
      // Its number is nobody else's before it has been waited for.
      process.kill(this.#pid, signal);
    } catch {
      // It runs as another user by now.
    }
  }
}
