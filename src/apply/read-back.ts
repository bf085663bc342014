import { describe, render, type Operation } from '../plan/index.ts';
import { StillThereError } from './error.ts';
import type { Kernel } from './kernel.ts';

/**
 * Looks again where the kernel said of something to delete that there was none: it says the same when the message does
 * not fit what is there. Reads nothing when it said so of nothing.
 * @param left plans once more, from what the kernel holds now
 * @throws StillThereError when what was to go is still there
 */
export function readBack({ unsure }: Pick<Kernel, 'unsure'>, left: () => readonly Operation[]): void {
  if (unsure.length === 0) return;
  const asked = new Set(unsure.map((op) => JSON.stringify(op)));
  const still = left().find((op) => asked.has(JSON.stringify(op)));
  if (still === undefined) return;
  throw new StillThereError(
    `the kernel did not ${describe(still)}: it answered that it does not exist, but it still does; delete it by hand: ${render(still).join('; ')}`,
  );
}
