import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/*
 * The only place where tests wait by the clock: for what is to come, for what is not to come, or because time itself is
 * what they are about.
 */

/** How long what takes a moment may take where a machine has much else to do, in milliseconds; more in an emulated one. */
const PATIENCE = process.env['NETWRIGHT_VM'] === undefined ? 30_000 : 120_000;

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
    if (performance.now() > deadline) assert.fail(`${what}: ${JSON.stringify(seen)}`);
    await sleep(pause);
  }
}

/** Makes assertions again and again, so many milliseconds after each time, until all of them hold, and returns what they do. */
export async function eventuallyHolds<T>(assertAll: () => T | Promise<T>, pause = 20): Promise<T> {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    try {
      return await assertAll();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(pause);
    }
  }
}

/** Fails as soon as something is no longer so, within so many milliseconds in which it would have come to be otherwise. */
export async function staysSo(
  isSo: () => boolean | Promise<boolean>,
  what: string,
  milliseconds: number,
): Promise<void> {
  const end = performance.now() + milliseconds;
  do {
    assert.ok(await isSo(), what);
    await sleep(20);
  } while (performance.now() < end);
  assert.ok(await isSo(), what);
}

/**
 * Lets so many milliseconds pass, for what is about time itself: what is counted in it, or the instant at which a program is
 * killed, whatever it does then. Never to wait for something.
 */
export const elapse = (milliseconds: number): Promise<void> => sleep(milliseconds);
