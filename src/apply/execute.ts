import { monotonic } from '../base/clock.ts';
import { excursion, type Excursion } from '../netns/index.ts';
import type { AwaitService, Operation, StartService, StopService } from '../plan/index.ts';
import { addAddress, deleteAddress } from './execute/address.ts';
import { setFiles } from './execute/files.ts';
import { changeLink, createLink, deleteLink } from './execute/link.ts';
import { createNamespace, deleteNamespace } from './execute/namespace.ts';
import { addNeighbour, deleteNeighbour } from './execute/neighbour.ts';
import { addRoute, deleteRoute } from './execute/route.ts';
import { addRule, deleteRule } from './execute/rule.ts';
import { setSysctl } from './execute/sysctl.ts';
import { ServiceRunner } from './execute/service.ts';
import { addTable, changeElements, deleteTable } from './execute/table.ts';
import type { Kernel } from './kernel.ts';
import { HOST } from '../state/index.ts';

type Executor<K extends Operation['op']> = (kernel: Kernel, op: Extract<Operation, { op: K }>) => void;

/** What takes its time: the programs of nodes. The rest is done by messages to the kernel. */
type ServiceOperation = StartService | AwaitService | StopService;
type KernelOperation = Exclude<Operation, ServiceOperation>;

const executors: { readonly [K in KernelOperation['op']]: Executor<K> } = {
  'create-namespace': createNamespace,
  'delete-namespace': deleteNamespace,
  'create-link': createLink,
  'change-link': changeLink,
  'delete-link': deleteLink,
  'add-address': addAddress,
  'delete-address': deleteAddress,
  'add-route': addRoute,
  'delete-route': deleteRoute,
  'add-rule': addRule,
  'delete-rule': deleteRule,
  'add-neighbour': addNeighbour,
  'delete-neighbour': deleteNeighbour,
  'set-sysctl': setSysctl,
  'add-table': addTable,
  'change-elements': changeElements,
  'delete-table': deleteTable,
  'set-files': setFiles,
};

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

const isServiceOperation = (op: Operation | undefined): op is ServiceOperation =>
  op?.op === 'start-service' || op?.op === 'await-service' || op?.op === 'stop-service';

const concernsHost = (op: Operation): boolean =>
  op.op === 'set-files'
    ? false
    : op.namespace === HOST ||
      (op.op === 'create-link' && [op.peer?.namespace, op.link.lower?.namespace].includes(HOST));

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
  const hasHost = operations.some(concernsHost);
  const networkEnd = operations.findLastIndex((op) => !isServiceOperation(op)) + 1;
  const step = (thread: Excursion): void => {
    kernel.begin(thread);
    // Before any other is entered.
    if (hasHost) kernel.namespace(HOST);
    const until = monotonic() + SLICE;
    do {
      const op = operations[progress.done] as KernelOperation;
      (executors[op.op] as (kernel: Kernel, op: Operation) => void)(kernel, op);
      progress.done++;
      if (onOperation !== undefined) {
        kernel.flush();
        onOperation(op, progress.done - 1);
      }
    } while (
      progress.done < operations.length &&
      !isServiceOperation(operations[progress.done]) &&
      monotonic() < until
    );
    kernel.flush();
  };
  while (progress.done < operations.length) {
    signal?.throwIfAborted();
    const next = operations[progress.done];
    if (isServiceOperation(next)) {
      if (progress.done === networkEnd) onNetworkDone?.();
      onService?.(next);
      await services.execute(next);
      progress.done++;
      onOperation?.(next, progress.done - 1);
    } else excursion(step);
    onProgress?.(progress.done, operations.length);
    if (progress.done < operations.length) await new Promise(setImmediate);
  }
}
