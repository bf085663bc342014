import { readText, type Who } from './read.ts';

/**
 * Parses /proc/PID/status (proc_pid_status(5)): values by field, such as `NoNewPrivs` or `Umask`. The kernel escapes
 * line breaks in the process name, so a name cannot add a line.
 */
export function parseStatus(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon));
    if (name !== '' && !fields.has(name)) fields.set(name, line.slice(colon + 1).trim());
  }
  return fields;
}

/** Reads /proc/PID/status; empty if there is no such process. */
export const statusOf = (who: Who): ReadonlyMap<string, string> => parseStatus(readText(`/proc/${who}/status`) ?? '');
