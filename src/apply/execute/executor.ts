import type { Kernel } from '../kernel.ts';

/** Carries the operations of a family out, by name: their messages are gathered, or sent. */
export type Executors<O extends { readonly op: string }> = {
  readonly [K in O['op']]: (kernel: Kernel, op: Extract<O, { readonly op: K }>) => void;
};
