import { readFileSync } from 'node:fs';

/** The device numbers of a driver of terminals. */
export interface TerminalDriver {
  readonly major: number;
  /** Minor numbers. */
  readonly first: number;
  readonly last: number;
}

/** Reads /proc/tty/drivers, whose lines are as `serial /dev/ttyS 4 64-111 serial` (proc_tty(5)). */
export const parseTerminalDrivers = (text: string): TerminalDriver[] =>
  [...text.matchAll(/ (\d+) +(\d+)(?:-(\d+))? \S+$/gm)].map(([, major, first, last = first]) => ({
    major: Number(major),
    first: Number(first),
    last: Number(last),
  }));

/** The drivers of terminals that this kernel has. @throws ErrnoException */
export const terminalDrivers = (): TerminalDriver[] =>
  parseTerminalDrivers(readFileSync('/proc/tty/drivers', 'latin1'));
