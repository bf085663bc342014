/**
 * Milliseconds on a clock that is never put back, as `performance.now()` has it, whose first use loads a dozen of Node's
 * modules.
 */
export function monotonic(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
