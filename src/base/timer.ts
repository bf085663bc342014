/** The longest delay of Node's timers in milliseconds, about 25 days. With a longer delay they fire at once. */
export const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Calls a function after a delay of any length; never for Infinity.
 * @returns a function that cancels the call
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
