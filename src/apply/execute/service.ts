import { monotonic } from '../../base/index.ts';
import { existsSync } from 'node:fs';
import type { NamespaceName } from '../../state/index.ts';
import type { LabMounts } from '../../netns/index.ts';
import type { ServiceOperation } from '../../plan/index.ts';
import { serviceFolder, type NonServiceProcesses } from '../../observe/index.ts';
import { awaitService, serviceKey, startService, stopService, type Started } from '../services/index.ts';

/** Carries out what concerns services, and knows those that it has started. */
export class ServiceRunner {
  readonly #labMounts: LabMounts;
  readonly #signal: AbortSignal | undefined;
  readonly #started = new Map<string, Started>();
  readonly #isNew: (namespace: NamespaceName) => boolean;
  /** Of each node. */
  readonly #bystanders = new Map<NamespaceName, NonServiceProcesses>();
  readonly #stopped = new Set<string>();

  /** @param isNew whether a namespace was made just now: nothing runs in it */
  constructor(labMounts: LabMounts, isNew: (namespace: NamespaceName) => boolean, signal: AbortSignal | undefined) {
    this.#labMounts = labMounts;
    this.#isNew = isNew;
    this.#signal = signal;
  }

  async execute({ op, namespace, name, service }: ServiceOperation): Promise<void> {
    const key = serviceKey(namespace, name);
    switch (op) {
      case 'start-service':
        if (!this.#stopped.delete(key) && this.#mayRun(namespace, name)) await this.#stop(namespace, name);
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

  /** Whether something may be left of a service: in a namespace that is not new, or in one that had the name before. */
  #mayRun(namespace: NamespaceName, name: string): boolean {
    return !this.#isNew(namespace) || existsSync(serviceFolder(this.#labMounts, namespace, name));
  }

  async #stop(namespace: NamespaceName, name: string): Promise<void> {
    const bystanders = this.#bystanders.get(namespace) ?? new Map<number, string>();
    this.#bystanders.set(namespace, bystanders);
    await stopService(this.#labMounts, namespace, name, bystanders);
  }
}
