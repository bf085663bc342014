import { describe, render, type Operation } from '../plan/index.ts';
import { StillThereError } from './error.ts';
import type { Kernel } from './kernel.ts';

/**
 * Verifies deletions that the kernel answered with "no such object": it answers the same if the message does not match
 * the object. Calls nothing if there were no such answers.
 * @param planAgain plans again from the present state of the kernel
 * @throws StillThereError if an object still exists
 */
export function verifyDeletions(
  { unconfirmed }: Pick<Kernel, 'unconfirmed'>,
  planAgain: () => readonly Operation[],
): void {
  if (unconfirmed.length === 0) return;
  const unconfirmedKeys = new Set(unconfirmed.map((op) => JSON.stringify(op)));
  const remaining = planAgain().find((op) => unconfirmedKeys.has(JSON.stringify(op)));
  if (remaining === undefined) return;
  throw new StillThereError(
    `the kernel did not ${describe(remaining)}: it answered that it does not exist, but it still does; delete it by hand: ${render(remaining).join('; ')}`,
  );
}
