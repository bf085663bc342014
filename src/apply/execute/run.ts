import { monotonic } from '../../base/index.ts';
import { visitNamespaces, type NamespaceVisit } from '../../netns/index.ts';
import { changesHost, isServiceOperation, type Operation } from '../../plan/index.ts';
import { HOST } from '../../state/index.ts';
import type { Kernel } from '../kernel.ts';
import { executeOne } from './executors.ts';
import { ServiceRunner } from './service.ts';

/** How long the event loop may stand still, in milliseconds: progress is drawn and signals are heard in between. */
const SLICE = 40;

export interface ExecuteOptions {
  readonly signal?: AbortSignal;
  /** Called now and then, and at the end. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Called after each operation's messages have reached the kernel: for diagnostics. Costs a round trip each. */
  readonly onOperation?: (op: Operation, index: number) => void;
  /** Called before each step that concerns a service: it may take its time. */
  readonly onService?: (op: Operation) => void;
  /** Called when nothing is left to do but to start services, and to wait for them. */
  readonly onNetworkDone?: () => void;
}

/** Where an execution stands. */
export interface Progress {
  done: number;
}

/**
 * Carries operations out in order. Messages to one namespace are gathered; the kernel's answer to the last of them is
 * awaited before anything that builds on them.
 * @throws whatever the first operation that failed threw; `progress.done` tells how far it came
 */
export async function execute(
  kernel: Kernel,
  operations: readonly Operation[],
  progress: Progress,
  options: ExecuteOptions = {},
): Promise<void> {
  const { signal, onProgress, onOperation, onService, onNetworkDone } = options;
  const made = new Set(operations.flatMap((op) => (op.op === 'create-namespace' ? [op.namespace] : [])));
  const services = new ServiceRunner(kernel.labMounts, (namespace) => made.has(namespace), signal);
  const hasHost = operations.some(changesHost);
  const networkEnd = operations.findLastIndex((op) => !isServiceOperation(op)) + 1;
  const step = (thread: NamespaceVisit): void => {
    kernel.begin(thread);
    // Before any other is entered.
    if (hasHost) kernel.namespace(HOST);
    const until = monotonic() + SLICE;
    do {
      const op = operations[progress.done];
      if (op === undefined || isServiceOperation(op)) break;
      executeOne(kernel, op);
      progress.done++;
      if (onOperation !== undefined) {
        kernel.flush();
        onOperation(op, progress.done - 1);
      }
    } while (monotonic() < until);
    kernel.flush();
  };
  while (progress.done < operations.length) {
    signal?.throwIfAborted();
    const next = operations[progress.done];
    if (next !== undefined && isServiceOperation(next)) {
      if (progress.done === networkEnd) onNetworkDone?.();
      onService?.(next);
      await services.execute(next);
      progress.done++;
      onOperation?.(next, progress.done - 1);
    } else visitNamespaces(step);
    onProgress?.(progress.done, operations.length);
    if (progress.done < operations.length) await new Promise(setImmediate);
  }
}
