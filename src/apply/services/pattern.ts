import { createContext, Script, type Context } from 'node:vm';

/** How long matching may take at first, and at most, in milliseconds: nothing else happens in this thread meanwhile. */
const FIRST_LIMIT = 100;
const LAST_LIMIT = 800;

const TEST = 'pattern.test(text)';

/**
 * A regular expression of a user's, which may take longer than anybody can wait for on some texts (`(a+)+$`): the engine
 * backtracks. V8 can end it only from another thread, which is what running it in a context with a time limit comes to.
 */
export class UserPattern {
  readonly #context: Context;
  readonly #script = new Script(TEST);
  #limit = FIRST_LIMIT;
  /** Whether it last took too long. */
  slow = false;

  /** @param pattern as for `new RegExp`, with `^` and `$` at every line */
  constructor(pattern: string) {
    this.#context = createContext({ pattern: new RegExp(pattern, 'm'), text: '' });
  }

  /**
   * Whether the text has a match; undefined when that took too long to tell. Asked again it has longer: it may be the
   * machine that is busy.
   * @param patience how long it may take, in milliseconds, if that is shorter
   */
  test(text: string, patience: number): boolean | undefined {
    this.#context['text'] = text;
    try {
      const found = this.#script.runInContext(this.#context, {
        timeout: Math.max(1, Math.ceil(Math.min(this.#limit, patience))),
      }) as boolean;
      this.slow = false;
      return found;
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
