import { readText, type Who } from './read.ts';

/** The folder with the tables of a process's network namespace: proc_pid_net(5). */
export const netFolder = (who: Who): string => `/proc/${who}/net`;

/** The rows of a table of /proc/PID/net below its heading, in words (proc_pid_net(5)). */
export const parseRows = (text: string): string[][] =>
  text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/));

/** The rows of a table of /proc/PID/net, in words; none where there is no such table. */
export const rowsOf = (path: string): string[][] => parseRows(readText(path) ?? '');
