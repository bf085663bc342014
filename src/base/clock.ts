/**
 * Milliseconds on the monotonic clock. (The first use of `performance.now()` would load a dozen of Node's modules.)
 */
export function monotonic(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
