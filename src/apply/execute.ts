import { excursion, type Excursion } from '../netns/index.ts';
import type { Operation } from '../plan/index.ts';
import { addAddress, deleteAddress } from './execute/address.ts';
import { setFiles } from './execute/files.ts';
import { changeLink, createLink, deleteLink } from './execute/link.ts';
import { createNamespace, deleteNamespace } from './execute/namespace.ts';
import { addNeighbour, deleteNeighbour } from './execute/neighbour.ts';
import { addRoute, deleteRoute } from './execute/route.ts';
import { addRule, deleteRule } from './execute/rule.ts';
import { setSysctl } from './execute/sysctl.ts';
import { addTable, changeElements, deleteTable } from './execute/table.ts';
import type { Kernel } from './kernel.ts';
import { HOST } from '../model/index.ts';

type Executor<K extends Operation['op']> = (kernel: Kernel, op: Extract<Operation, { op: K }>) => void;

const executors: { readonly [K in Operation['op']]: Executor<K> } = {
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
  const { signal, onProgress, onOperation } = options;
  const step = (thread: Excursion): void => {
    kernel.begin(thread);
    if (progress.done === 0) kernel.namespace(HOST);
    const until = performance.now() + SLICE;
    do {
      const op = operations[progress.done]!;
      (executors[op.op] as (kernel: Kernel, op: Operation) => void)(kernel, op);
      progress.done++;
      if (onOperation !== undefined) {
        kernel.flush();
        onOperation(op, progress.done - 1);
      }
    } while (progress.done < operations.length && performance.now() < until);
    kernel.flush();
  };
  while (progress.done < operations.length) {
    signal?.throwIfAborted();
    excursion(step);
    onProgress?.(progress.done, operations.length);
    if (progress.done < operations.length) await new Promise(setImmediate);
  }
}
