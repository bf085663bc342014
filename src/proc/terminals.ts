import { readFileSync } from 'node:fs';

/** The device numbers of a terminal driver. */
export interface TerminalDriver {
  readonly major: number;
  /** The first and last minor number. */
  readonly first: number;
  readonly last: number;
}

/** Parses /proc/tty/drivers, with lines such as `serial /dev/ttyS 4 64-111 serial` (proc_tty(5)). */
export const parseTerminalDrivers = (text: string): TerminalDriver[] =>
  [...text.matchAll(/ (\d+) +(\d+)(?:-(\d+))? \S+$/gm)].map(([, major, first, last = first]) => ({
    major: Number(major),
    first: Number(first),
    last: Number(last),
  }));

/** The terminal drivers of this kernel. @throws ErrnoException */
export const terminalDrivers = (): TerminalDriver[] =>
  parseTerminalDrivers(readFileSync('/proc/tty/drivers', 'latin1'));
