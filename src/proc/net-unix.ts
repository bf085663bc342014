import { readText, type Who } from './read.ts';

/** A UNIX socket: unix(7). */
export interface UnixSocket {
  readonly inode: string;
  /** The file that it is bound to; absent for one without a name, or with one that is no file's. */
  readonly path?: string;
}

const LINE = /^[0-9a-f]+: (?:[0-9A-F]+ ){5} *(\d+)(?: (\/.*))?/;

/**
 * Reads /proc/PID/net/unix. The kernel prints paths as they are: of one with a line break only what is before it is read, and
 * what is after it is passed over unless it looks like a line itself.
 */
export function parseUnixSockets(text: string): UnixSocket[] {
  return text.split('\n').flatMap((line): UnixSocket[] => {
    const [, inode, path] = LINE.exec(line) ?? [];
    if (inode === undefined) return [];
    return [path === undefined ? { inode } : { inode, path }];
  });
}

/** Where the UNIX sockets of a process's network namespace are listed. */
export const unixTable = (who: Who): string => `/proc/${who}/net/unix`;

/** The UNIX sockets of a process's network namespace; undefined when it has ended. */
export function unixSocketsOf(who: Who): UnixSocket[] | undefined {
  const text = readText(unixTable(who), 'utf8');
  return text === undefined ? undefined : parseUnixSockets(text);
}
