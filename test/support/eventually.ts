import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long what takes a moment may take where a machine has much else to do, in milliseconds. */
const PATIENCE = 30_000;

/** Looks again and again, so many milliseconds after each time, until what is seen is so, and returns it. */
export async function eventually<T>(
  look: () => T | Promise<T>,
  isSo: (seen: T) => boolean,
  what: string,
  pause = 20,
): Promise<T> {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    const seen = await look();
    if (isSo(seen)) return seen;
    assert.ok(performance.now() < deadline, `${what}: ${JSON.stringify(seen)}`);
    await sleep(pause);
  }
}
