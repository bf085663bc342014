import { readText, type Who } from './read.ts';

/** A resource limit (getrlimit(2)); Infinity for `unlimited`. */
export interface ProcessLimit {
  /** The limit that the kernel enforces. */
  readonly soft: number;
  /** The maximum to which an unprivileged process can raise the soft limit. */
  readonly hard: number;
}

/** The names of RLIMIT_NOFILE and RLIMIT_NPROC in /proc/PID/limits. */
export type LimitName = 'open files' | 'processes';

/** Parses one limit in /proc/PID/limits (proc_pid_limits(5)); undefined if it is not there. */
export function parseLimit(text: string, name: LimitName): ProcessLimit | undefined {
  const [, soft, hard] = new RegExp(`^Max ${name} +(\\d+|unlimited) +(\\d+|unlimited)`, 'm').exec(text) ?? [];
  return soft === undefined || hard === undefined ? undefined : { soft: numberOf(soft), hard: numberOf(hard) };
}

const numberOf = (word: string): number => (word === 'unlimited' ? Infinity : Number(word));

/** A limit of a process; undefined if the process has ended or may not be read. */
export const limitOf = (who: Who, name: LimitName): ProcessLimit | undefined =>
  parseLimit(readText(`/proc/${who}/limits`) ?? '', name);
