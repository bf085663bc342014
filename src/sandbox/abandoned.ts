import { Lock } from '../apply/index.ts';
import { labNames } from '../netns/index.ts';
import { NetwrightError } from '../base/error.ts';
import { down } from '../lab/index.ts';
import { isAbandoned } from '../lease/index.ts';

/** How long removing what is left waits for another process that is at it, in milliseconds. */
const WAIT = 10_000;

/** Removes sandboxes that nobody looks after any more: those of processes that were killed. */
export async function removeAbandoned(): Promise<void> {
  for (const lab of labNames().filter((name) => !Lock.isHeld(name) && isAbandoned(name))) {
    try {
      await down(lab, { wait: WAIT });
    } catch (error) {
      // That is not this sandbox's to tell: `clean` tells why it cannot be removed.
      if (!(error instanceof NetwrightError || error instanceof AggregateError)) throw error;
    }
  }
}
