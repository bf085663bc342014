import { libc, SyscallError } from '../ffi/index.ts';
import type { NamespaceName } from '../state/index.ts';
import { listen } from '../netlink/index.ts';
import type { LabMounts } from '../netns/index.ts';
import { hasServices, labProcesses, serviceProcesses } from '../observe/index.ts';

/** Tells when services end, by descriptors of the processes that they stand and fall with: pidfd_open(2), Linux 5.3. */
export class ProgramWatch {
  readonly #labMounts: LabMounts;
  readonly #onEnd: (namespace: NamespaceName) => void;
  readonly #watched = new Map<number, () => Promise<void>>();

  constructor(labMounts: LabMounts, onEnd: (namespace: NamespaceName) => void) {
    this.#labMounts = labMounts;
    this.#onEnd = onEnd;
  }

  /** Watches the services that run by now. Looks for none where there was never any. */
  attend(): void {
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
    // It stays readable: told once.
    const stop = listen(fd, () => {
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
