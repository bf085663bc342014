/** Signals that the C library keeps to itself (nptl(7)): whether one is ignored is nobody else's to change. */
const OF_THE_LIBRARY = [32, 33];

/** The numbers of the signals in a mask of /proc/PID/status (proc_pid_status(5)). */
export function signalsIn(mask: string): number[] {
  const bits = BigInt(`0x${mask}`);
  return Array.from({ length: 64 }, (_, i) => i + 1).filter(
    (signal) => (bits & (1n << BigInt(signal - 1))) !== 0n && !OF_THE_LIBRARY.includes(signal),
  );
}
