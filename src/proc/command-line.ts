import { processName } from './processes.ts';
import { readText } from './read.ts';

/** Parses /proc/PID/cmdline: words that end with a null byte. A process can overwrite them. */
export function parseWords(text: string): string[] {
  const words = text.split('\0');
  if (words.at(-1) === '') words.pop();
  return words;
}

/** Parses /proc/PID/environ: `NAME=VALUE` entries that end with a null byte. Other entries are ignored. */
export const parseEnvironment = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text.split('\0').flatMap((line): [string, string][] => {
      const at = line.indexOf('=');
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
    }),
  );

/** The command line of a process; empty if it has ended, is a kernel thread, or may not be read. */
export const argumentsOf = (pid: number): string[] => parseWords(readText(`/proc/${pid}/cmdline`, 'utf8') ?? '');

/** The command line of a process as one string; its name if it has none, and `?` without a name. */
export const commandOf = (pid: number): string => argumentsOf(pid).join(' ').trim() || processName(pid) || '?';

/** The environment with which a process was started; undefined if it has ended or may not be read. */
export function environmentOf(pid: number): ReadonlyMap<string, string> | undefined {
  const text = readText(`/proc/${pid}/environ`, 'utf8');
  return text === undefined ? undefined : parseEnvironment(text);
}
