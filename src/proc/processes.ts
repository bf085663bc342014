import { readdirSync, statSync } from 'node:fs';
import { readText } from './read.ts';

/** All processes in /proc, in its order. @throws ErrnoException if there is no /proc */
export const processIds = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/**
 * The name of a process, which the kernel truncates to 15 bytes (proc_pid_comm(5)); undefined if the process has ended
 * or may not be read.
 */
export const processName = (pid: number): string | undefined => readText(`/proc/${pid}/comm`, 'utf8')?.trim();

/** The user id of a process; undefined if it has ended or is hidden (`hidepid`, proc(5)). @throws ErrnoException */
export const processOwner = (pid: number): number | undefined =>
  statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid;

/** The root directory of a process in its mount namespace (proc_pid_root(5)): its files are below this path. */
export const processRoot = (pid: number): string => `/proc/${pid}/root`;
