import { libc, POLLIN, reap, spawn, SyscallError, type Exit, type Program } from '../ffi/index.ts';
import { untilReady } from '../netlink/index.ts';

/** A child process that Node's event loop does not know: only this class waits for it. */
export class Child {
  readonly #pid: number;
  #exit: Exit | undefined;
  #ended: Promise<Exit> | undefined;

  private constructor(pid: number) {
    this.#pid = pid;
  }

  /**
   * Starts a program in the namespaces of this thread.
   * @param stdio the descriptors of its standard streams; undefined means /dev/null
   * @throws SyscallError
   */
  static start(program: Program, stdio: readonly (number | undefined)[]): Child {
    try {
      return new Child(spawn(program, stdio));
    } catch (error) {
      if (!(error instanceof SyscallError && error.code === 'ENOEXEC')) throw error;
      // As execvp(3): a file that the kernel does not recognise as a program is a script for sh.
      const { path, argv } = program;
      return new Child(spawn({ ...program, path: '/bin/sh', argv: [argv[0]!, path, ...argv.slice(1)] }, stdio));
    }
  }

  /**
   * Resolves when the child has ended, with its exit status or signal. Call it in any case: until then the child stays
   * a zombie.
   */
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

  /** Sends a signal to the child, unless it is known to have ended. */
  kill(signal: NodeJS.Signals): void {
    if (this.#exit !== undefined) return;
    try {
      // Its process id is not reused before the child has been waited for.
      process.kill(this.#pid, signal);
    } catch {
      // The child runs as another user by now.
    }
  }
}
