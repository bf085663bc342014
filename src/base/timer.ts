/** The longest that a timer of Node's waits, in milliseconds, some 25 days: for more it would fire at once. */
export const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Calls a function after so many milliseconds, however many; never for Infinity.
 * @returns what calls it off
 */
export function after(milliseconds: number, fn: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let left = milliseconds;
  const wait = (): void => {
    const part = Math.min(left, LONGEST_TIMER);
    left -= part;
    timer = setTimeout(left > 0 ? wait : fn, part);
  };
  if (milliseconds !== Infinity) wait();
  return () => clearTimeout(timer);
}
