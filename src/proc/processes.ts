import { readdirSync, statSync } from 'node:fs';
import { readText } from './read.ts';

/** All processes that /proc shows, in its order. @throws ErrnoException where there is no /proc */
export const processIds = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/**
 * A process's name, cut to 15 bytes as the kernel does (proc_pid_comm(5)); undefined when it has ended, or belongs to somebody
 * who may not be looked at.
 */
export const processName = (pid: number): string | undefined => readText(`/proc/${pid}/comm`, 'utf8')?.trim();

/** The user whose process it is; undefined when it has ended, or is hidden (`hidepid` of proc(5)). @throws ErrnoException */
export const processOwner = (pid: number): number | undefined =>
  statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid;

/** The root folder of a process, in the mount namespace that it is in (proc_pid_root(5)): files of it are below this path. */
export const processRoot = (pid: number): string => `/proc/${pid}/root`;
