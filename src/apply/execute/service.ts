import { monotonic } from '../../base/index.ts';
import { existsSync } from 'node:fs';
import type { NamespaceName } from '../../state/index.ts';
import type { LabMounts } from '../../netns/index.ts';
import type { ServiceOperation } from '../../plan/index.ts';
import { serviceFolder, type NonServiceProcesses } from '../../observe/index.ts';
import { awaitService, serviceKey, startService, stopService, type Started } from '../services/index.ts';

/** Executes operations on services, and keeps the processes that it has started. */
export class ServiceRunner {
  readonly #labMounts: LabMounts;
  readonly #signal: AbortSignal | undefined;
  readonly #started = new Map<string, Started>();
  readonly #isNew: (namespace: NamespaceName) => boolean;
  /** By namespace of a node. */
  readonly #nonServiceProcesses = new Map<NamespaceName, NonServiceProcesses>();
  readonly #stopped = new Set<string>();

  /** @param isNew whether this plan has created a namespace, so that no process runs in it */
  constructor(labMounts: LabMounts, isNew: (namespace: NamespaceName) => boolean, signal: AbortSignal | undefined) {
    this.#labMounts = labMounts;
    this.#isNew = isNew;
    this.#signal = signal;
  }

  async execute({ op, namespace, name, service }: ServiceOperation): Promise<void> {
    const key = serviceKey(namespace, name);
    switch (op) {
      case 'start-service':
        if (!this.#stopped.delete(key) && this.#canRun(namespace, name)) await this.#stop(namespace, name);
        this.#started.set(key, {
          child: await startService(this.#labMounts, namespace, name, service),
          at: monotonic(),
        });
        break;
      case 'await-service':
        await awaitService(this.#labMounts, namespace, name, service, this.#started.get(key), this.#signal);
        break;
      case 'stop-service':
        await this.#stop(namespace, name);
        this.#stopped.add(key);
    }
  }

  /**
   * Whether processes of a service can exist: in an existing namespace, or in an earlier namespace of the same name.
   */
  #canRun(namespace: NamespaceName, name: string): boolean {
    return !this.#isNew(namespace) || existsSync(serviceFolder(this.#labMounts, namespace, name));
  }

  async #stop(namespace: NamespaceName, name: string): Promise<void> {
    const nonService = this.#nonServiceProcesses.get(namespace) ?? new Map<number, string>();
    this.#nonServiceProcesses.set(namespace, nonService);
    await stopService(this.#labMounts, namespace, name, nonService);
  }
}
