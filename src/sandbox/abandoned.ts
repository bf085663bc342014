import { Lock } from '../apply/index.ts';
import { NetwrightError } from '../base/index.ts';
import { down } from '../lab/index.ts';
import { removeAbandoned, SANDBOX } from '../lease/index.ts';

/** How long removing what is left waits for another process that is at it, in milliseconds. */
const WAIT = 10_000;

/** Removes sandboxes that nobody looks after any more: those of processes that were killed. */
export async function removeAbandonedSandboxes(): Promise<void> {
  // Who has one locked now may be at it.
  const { failures } = await removeAbandoned(SANDBOX, (lab) => down(lab, { wait: Lock.isHeld(lab) ? 0 : WAIT }));
  for (const failure of failures) {
    // That is not this sandbox's to tell: `clean` tells why it cannot be removed.
    if (!(failure instanceof NetwrightError || failure instanceof AggregateError)) throw failure;
  }
}
