import { libc, SyscallError } from '../ffi/index.ts';
import type { NamespaceName } from '../state/index.ts';
import { watchReady } from '../netlink/index.ts';
import type { LabMounts } from '../netns/index.ts';
import { hasServices, labProcesses, serviceProcesses } from '../observe/index.ts';

/**
 * Reports when services end. Waits for pidfds of their supervisors, or of their programs where there is no supervisor:
 * pidfd_open(2), Linux 5.3.
 */
export class ProgramWatch {
  readonly #labMounts: LabMounts;
  readonly #onEnd: (namespace: NamespaceName) => void;
  readonly #watched = new Map<number, () => Promise<void>>();

  constructor(labMounts: LabMounts, onEnd: (namespace: NamespaceName) => void) {
    this.#labMounts = labMounts;
    this.#onEnd = onEnd;
  }

  /** Watches the services that run now. Does not look for processes if the lab never had services. */
  watchNew(): void {
    if (!hasServices(this.#labMounts)) return;
    for (const { pid, keeper, namespace } of serviceProcesses(
      this.#labMounts,
      labProcesses(this.#labMounts, this.#labMounts.names()),
    ))
      if (keeper && !this.#watched.has(pid)) this.#watch(pid, namespace);
  }

  #watch(pid: number, namespace: NamespaceName): void {
    let fd: number;
    try {
      fd = libc.pidfdOpen(pid);
    } catch (error) {
      if (!(error instanceof SyscallError && error.code === 'ESRCH')) throw error;
      this.#onEnd(namespace);
      return;
    }
    // The pidfd stays readable after the end of its process: stop listening at the first event.
    const stop = watchReady(fd, () => {
      void close();
      this.#onEnd(namespace);
    });
    const close = async (): Promise<void> => {
      this.#watched.delete(pid);
      await stop();
      libc.close(fd);
    };
    this.#watched.set(pid, close);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#watched.values()].map((close) => close()));
  }
}
