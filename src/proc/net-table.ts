import { readText, type Who } from './read.ts';

/** The directory of the tables of a process's network namespace: proc_pid_net(5). */
export const netFolder = (who: Who): string => `/proc/${who}/net`;

/** Parses a table of /proc/PID/net: the rows below its header, split into words (proc_pid_net(5)). */
export const parseRows = (text: string): string[][] =>
  text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/));

/** Reads a table of /proc/PID/net as {@link parseRows}; empty if there is no such table. */
export const rowsOf = (path: string): string[][] => parseRows(readText(path) ?? '');
