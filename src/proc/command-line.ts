import { processName } from './processes.ts';
import { readText } from './read.ts';

/** The words in /proc/PID/cmdline, each of which a null ends; a process may have written anything over them. */
export function parseWords(text: string): string[] {
  const words = text.split('\0');
  if (words.at(-1) === '') words.pop();
  return words;
}

/** The variables in /proc/PID/environ, each `NAME=VALUE` and ended by a null; what is none is passed over. */
export const parseEnvironment = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text.split('\0').flatMap((line): [string, string][] => {
      const at = line.indexOf('=');
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
    }),
  );

/** What a process was started as, word by word; none when it has ended, is the kernel's, or is somebody's we may not look at. */
export const argumentsOf = (pid: number): string[] => parseWords(readText(`/proc/${pid}/cmdline`, 'utf8') ?? '');

/** The same in one line; the process's name where there is none, and `?` where there is no name either. */
export const commandOf = (pid: number): string => argumentsOf(pid).join(' ').trim() || processName(pid) || '?';

/** The environment that a process was started with; undefined when it has ended, or is somebody's we may not look at. */
export function environmentOf(pid: number): ReadonlyMap<string, string> | undefined {
  const text = readText(`/proc/${pid}/environ`, 'utf8');
  return text === undefined ? undefined : parseEnvironment(text);
}
