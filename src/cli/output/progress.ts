import { monotonic, oneLine, printable } from '../../base/index.ts';
import { say, sayRaw } from './print.ts';

/** How long something takes before it is worth a word, in milliseconds. */
const PATIENCE = 500;
/** How often it is said where no line can be overwritten. */
const INTERVAL = 2000;

/** To the beginning of the terminal's line, and what is on it away. */
const WIPE = '\r\u001b[K';

/** Tells how far something is, on standard error: on one line of a terminal, or in a line now and then. */
export class Progress {
  readonly #what: string;
  readonly #started = monotonic();
  #said = 0;
  #drawn = false;
  #waiting: NodeJS.Timeout | undefined;

  readonly #unit: string;

  /** @param unit what is counted */
  constructor(what: string, unit = 'steps') {
    this.#what = what;
    this.#unit = unit;
  }

  /** Says what is waited for, when that takes long enough to be worth a word. */
  wait(text: string): void {
    this.#stopWaiting();
    this.#waiting = setTimeout(() => this.#say(`${this.#what}: ${text} …`), PATIENCE);
  }

  #stopWaiting(): void {
    clearTimeout(this.#waiting);
  }

  update(done: number, total: number): void {
    this.#stopWaiting();
    const now = monotonic();
    if (now - this.#started < PATIENCE) return;
    const text = `${this.#what}: ${done} of ${total} ${this.#unit}`;
    if (process.stderr.isTTY || now - this.#said >= INTERVAL) this.#say(text);
  }

  #say(text: string): void {
    if (process.stderr.isTTY) {
      // No more than the line that it will be wiped off.
      const line = printable(oneLine(text));
      sayRaw(`${WIPE}${line.slice(0, (process.stderr.columns || 80) - 1)}`);
      this.#drawn = true;
    } else {
      say(`${oneLine(text)}\n`);
      this.#said = monotonic();
    }
  }

  clear(): void {
    this.#stopWaiting();
    if (this.#drawn) sayRaw(WIPE);
    this.#drawn = false;
  }
}
