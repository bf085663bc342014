import type { Kernel } from '../kernel.ts';

/** Functions that execute the operations of a family, by name. They add messages to a batch, or make system calls. */
export type Executors<O extends { readonly op: string }> = {
  readonly [K in O['op']]: (kernel: Kernel, op: Extract<O, { readonly op: K }>) => void;
};
