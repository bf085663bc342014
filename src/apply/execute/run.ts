import { monotonic } from '../../base/index.ts';
import { visitNamespaces, type NamespaceVisit } from '../../netns/index.ts';
import { changesHost, isServiceOperation, type Operation } from '../../plan/index.ts';
import { HOST } from '../../state/index.ts';
import type { Kernel } from '../kernel.ts';
import { executeOperation } from './executors.ts';
import { ServiceRunner } from './service.ts';

/**
 * The maximum time without a turn of the event loop, in milliseconds: between slices, progress and signals are handled.
 */
const SLICE = 40;

export interface ExecuteOptions {
  readonly signal?: AbortSignal;
  /** Called after each slice of operations, and at the end. */
  readonly onProgress?: (done: number, total: number) => void;
  /**
   * Called after the kernel has processed the messages of an operation. For diagnostics: it costs a round trip each.
   */
  readonly onOperation?: (op: Operation, index: number) => void;
  /** Called before each operation on a service, which can take seconds. */
  readonly onService?: (op: Operation) => void;
  /** Called when only operations that start and await services are left. */
  readonly onNetworkDone?: () => void;
}

/** The progress of an execution. */
export interface Progress {
  /** The number of completed operations. */
  done: number;
}

/**
 * Executes operations in order. Successive messages to one namespace are sent as a batch, whose acknowledgements are
 * awaited before any operation in another namespace.
 * @throws the error of the first operation that fails; `progress.done` is the number of operations before it
 */
export async function execute(
  kernel: Kernel,
  operations: readonly Operation[],
  progress: Progress,
  options: ExecuteOptions = {},
): Promise<void> {
  const { signal, onProgress, onOperation, onService, onNetworkDone } = options;
  const created = new Set(operations.flatMap((op) => (op.op === 'create-namespace' ? [op.namespace] : [])));
  const services = new ServiceRunner(kernel.labMounts, (namespace) => created.has(namespace), signal);
  const hasHost = operations.some(changesHost);
  const networkEnd = operations.findLastIndex((op) => !isServiceOperation(op)) + 1;
  const step = (thread: NamespaceVisit): void => {
    kernel.begin(thread);
    // The host's namespace must be opened before the thread enters another.
    if (hasHost) kernel.namespace(HOST);
    const sliceEnd = monotonic() + SLICE;
    do {
      const op = operations[progress.done];
      if (op === undefined || isServiceOperation(op)) break;
      executeOperation(kernel, op);
      progress.done++;
      if (onOperation !== undefined) {
        kernel.flush();
        onOperation(op, progress.done - 1);
      }
    } while (monotonic() < sliceEnd);
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
