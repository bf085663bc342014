import { readText } from './read.ts';

/** What proc_pid_stat(5) says of a process. */
export interface ProcessStat {
  /** `Z` when it has ended, and its parent has not waited for it; `T` when it is stopped. */
  readonly state: string;
  readonly parent: number;
  readonly session: number;
  /** Milliseconds since the epoch. */
  readonly started: number;
  /** Milliseconds of processors' time. */
  readonly spent: number;
}

/** One of USER_HZ, in milliseconds: 100 a second on every architecture Node runs on (asm/param.h). */
const TICK = 10;

/**
 * Reads /proc/PID/stat.
 * @param text its content
 * @param boot when the machine was started, in milliseconds since the epoch
 * @returns undefined for a text that is cut short
 */
export function parseStat(text: string, boot: number): ProcessStat | undefined {
  // The name in parentheses may hold anything, parentheses included: what follows the last one is the third field on.
  const end = text.lastIndexOf(') ');
  if (end < 0) return undefined;
  const fields = text.slice(end + 2).split(' ');
  if (fields.length < 20) return undefined;
  const numbers = fields.map(Number);
  return {
    state: fields[0]!,
    parent: numbers[1]!,
    session: numbers[3]!,
    started: boot + numbers[19]! * TICK,
    spent: (numbers[11]! + numbers[12]!) * TICK,
  };
}

/** When the machine was started, in milliseconds since the epoch, by the text of /proc/stat; 0 where it does not say. */
export const parseBootTime = (text: string): number => Number(/^btime (\d+)$/m.exec(text)?.[1] ?? 0) * 1000;

/** What /proc/PID/stat says of a process; undefined when there is none. */
export function statOf(pid: number): ProcessStat | undefined {
  const text = readText(`/proc/${pid}/stat`, 'utf8');
  return text === undefined ? undefined : parseStat(text, bootTime());
}

let boot: number | undefined;

const bootTime = (): number => (boot ??= parseBootTime(readText('/proc/stat') ?? ''));

/** Whether a process has ended: there is none, or its parent has not waited for it yet. */
export function hasEnded(pid: number): boolean {
  const stat = statOf(pid);
  return stat === undefined || stat.state === 'Z' || stat.state === 'X';
}

/** This process and those it descends from. */
export function selfAndAncestors(): ReadonlySet<number> {
  const line = new Set<number>();
  for (let pid = process.pid; pid > 0 && !line.has(pid); pid = statOf(pid)?.parent ?? 0) line.add(pid);
  return line;
}
