import { readText, type Who } from './read.ts';

/** A UNIX socket: unix(7). */
export interface UnixSocket {
  readonly inode: string;
  /** The path that it is bound to; absent for an unnamed or abstract socket. */
  readonly path?: string;
}

const LINE = /^[0-9a-f]+: (?:[0-9A-F]+ ){5} *(\d+)(?: (\/.*))?/;

/**
 * Parses /proc/PID/net/unix. The kernel does not escape paths: of a path with a line break only the first line is read,
 * and the rest is ignored unless it looks like a row.
 */
export function parseUnixSockets(text: string): UnixSocket[] {
  return text.split('\n').flatMap((line): UnixSocket[] => {
    const [, inode, path] = LINE.exec(line) ?? [];
    if (inode === undefined) return [];
    return [path === undefined ? { inode } : { inode, path }];
  });
}

/** The table of UNIX sockets of a process's network namespace. */
export const unixTable = (who: Who): string => `/proc/${who}/net/unix`;

/** The UNIX sockets of a process's network namespace; undefined if the process has ended. */
export function unixSocketsOf(who: Who): UnixSocket[] | undefined {
  const text = readText(unixTable(who), 'utf8');
  return text === undefined ? undefined : parseUnixSockets(text);
}
