import { readText } from './read.ts';

/** The state of a process: proc_pid_stat(5). */
export interface ProcessStat {
  /** `Z` for a zombie, for which the parent has not waited yet; `T` for a stopped process. */
  readonly state: string;
  readonly parent: number;
  readonly session: number;
  /** The start time, in milliseconds since the epoch. */
  readonly started: number;
  /** CPU time, in milliseconds. */
  readonly spent: number;
}

/** Milliseconds of a clock tick: USER_HZ is 100 on every architecture on which Node runs (asm/param.h). */
const TICK = 10;

/**
 * Parses /proc/PID/stat.
 * @param text its contents
 * @param boot the boot time of the host, in milliseconds since the epoch
 * @returns undefined if the text is truncated
 */
export function parseStat(text: string, boot: number): ProcessStat | undefined {
  // The name in parentheses can contain anything, also parentheses: the third field follows the last one.
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

/** The boot time of the host in milliseconds since the epoch, from the text of /proc/stat; 0 if it is not there. */
export const parseBootTime = (text: string): number => Number(/^btime (\d+)$/m.exec(text)?.[1] ?? 0) * 1000;

/** The state of a process; undefined if there is no such process. */
export function statOf(pid: number): ProcessStat | undefined {
  const text = readText(`/proc/${pid}/stat`, 'utf8');
  return text === undefined ? undefined : parseStat(text, bootTime());
}

let boot: number | undefined;

const bootTime = (): number => (boot ??= parseBootTime(readText('/proc/stat') ?? ''));

/** True if a process has ended: it does not exist, or is a zombie. */
export function hasEnded(pid: number): boolean {
  const stat = statOf(pid);
  return stat === undefined || stat.state === 'Z' || stat.state === 'X';
}

/** The process ids of this process and of its ancestors. */
export function selfAndAncestors(): ReadonlySet<number> {
  const pids = new Set<number>();
  for (let pid = process.pid; pid > 0 && !pids.has(pid); pid = statOf(pid)?.parent ?? 0) pids.add(pid);
  return pids;
}
