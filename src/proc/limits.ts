import { readText, type Who } from './read.ts';

/** A limit of getrlimit(2); Infinity where there is none. */
export interface ProcessLimit {
  /** What the kernel goes by. */
  readonly soft: number;
  /** How far the process may raise that. */
  readonly hard: number;
}

/** Limits as /proc/PID/limits names them: RLIMIT_NOFILE and RLIMIT_NPROC. */
export type LimitName = 'open files' | 'processes';

/** One limit by the text of /proc/PID/limits (proc_pid_limits(5)); undefined where that does not say. */
export function parseLimit(text: string, name: LimitName): ProcessLimit | undefined {
  const [, soft, hard] = new RegExp(`^Max ${name} +(\\d+|unlimited) +(\\d+|unlimited)`, 'm').exec(text) ?? [];
  return soft === undefined || hard === undefined ? undefined : { soft: numberOf(soft), hard: numberOf(hard) };
}

const numberOf = (word: string): number => (word === 'unlimited' ? Infinity : Number(word));

/** A limit of a process; undefined when it has ended, or belongs to somebody who may not be looked at. */
export const limitOf = (who: Who, name: LimitName): ProcessLimit | undefined =>
  parseLimit(readText(`/proc/${who}/limits`) ?? '', name);
