import { monotonic, oneLine, printable } from '../../base/index.ts';
import { say, sayRaw } from './print.ts';

/** Progress is printed after this time, in milliseconds. */
const DELAY = 500;
/** How often progress is printed if standard error is no terminal, in milliseconds. */
const INTERVAL = 2000;

/** Moves the cursor to the beginning of the line, and erases the line. */
const ERASE_LINE = '\r\u001b[K';

/** Prints progress on standard error: on one line of a terminal that is overwritten, or as a new line every 2 s. */
export class Progress {
  readonly #task: string;
  readonly #started = monotonic();
  #lastPrinted = 0;
  #isDrawn = false;
  #timer: NodeJS.Timeout | undefined;

  readonly #unit: string;

  /** @param unit what `update` counts */
  constructor(task: string, unit = 'steps') {
    this.#task = task;
    this.#unit = unit;
  }

  /** Prints what the task waits for, if that takes longer than 500 ms. */
  wait(text: string): void {
    this.#stopTimer();
    this.#timer = setTimeout(() => this.#print(`${this.#task}: ${text} …`), DELAY);
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
  }

  update(done: number, total: number): void {
    this.#stopTimer();
    const now = monotonic();
    if (now - this.#started < DELAY) return;
    const text = `${this.#task}: ${done} of ${total} ${this.#unit}`;
    if (process.stderr.isTTY || now - this.#lastPrinted >= INTERVAL) this.#print(text);
  }

  #print(text: string): void {
    if (process.stderr.isTTY) {
      // At most one line, since only one line is erased.
      const line = printable(oneLine(text));
      sayRaw(`${ERASE_LINE}${line.slice(0, (process.stderr.columns || 80) - 1)}`);
      this.#isDrawn = true;
    } else {
      say(`${oneLine(text)}\n`);
      this.#lastPrinted = monotonic();
    }
  }

  clear(): void {
    this.#stopTimer();
    if (this.#isDrawn) sayRaw(ERASE_LINE);
    this.#isDrawn = false;
  }
}
