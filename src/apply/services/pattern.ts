import { createContext, Script, type Context } from 'node:vm';

/** The first and the largest time limit for matching, in milliseconds: matching blocks the event loop. */
const FIRST_LIMIT = 100;
const LAST_LIMIT = 800;

const TEST = 'pattern.test(text)';

/**
 * A regular expression from a user, which can take exponential time on some texts (`(a+)+$`), since V8 backtracks. It
 * can be terminated only from another thread, as V8 does for a script in a context with a timeout.
 */
export class UserPattern {
  readonly #context: Context;
  readonly #script = new Script(TEST);
  #limit = FIRST_LIMIT;
  /** Whether the last test timed out. */
  slow = false;

  /** @param pattern as for `new RegExp` with the flag `m`: `^` and `$` match at every line */
  constructor(pattern: string) {
    this.#context = createContext({ pattern: new RegExp(pattern, 'm'), text: '' });
  }

  /**
   * Whether the text has a match; undefined after a timeout. The next test then has twice the time, since the machine
   * can have been busy.
   * @param maxTime a shorter time limit, in milliseconds
   */
  test(text: string, maxTime: number): boolean | undefined {
    this.#context['text'] = text;
    try {
      const matches = this.#script.runInContext(this.#context, {
        timeout: Math.max(1, Math.ceil(Math.min(this.#limit, maxTime))),
      }) as boolean;
      this.slow = false;
      return matches;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      this.slow = true;
      this.#limit = Math.min(2 * this.#limit, LAST_LIMIT);
      return undefined;
    } finally {
      this.#context['text'] = '';
    }
  }
}
