import { Lock } from '../apply/index.ts';
import { NetwrightError } from '../base/index.ts';
import { down } from '../lab/index.ts';
import { removeAbandoned, SANDBOX } from '../lease/index.ts';

/** Milliseconds to wait for another process that is removing the same sandbox. */
const WAIT = 10_000;

/** Removes abandoned sandboxes: those of processes that were killed. */
export async function removeAbandonedSandboxes(): Promise<void> {
  // A process that has the lab locked may be removing it.
  const { failures } = await removeAbandoned(SANDBOX, (lab) => down(lab, { wait: Lock.isHeld(lab) ? 0 : WAIT }));
  for (const failure of failures) {
    // Ignored here: `netwright clean` reports why a sandbox cannot be removed.
    if (!(failure instanceof NetwrightError || failure instanceof AggregateError)) throw failure;
  }
}
