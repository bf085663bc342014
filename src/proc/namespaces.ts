import { readdirSync, readlinkSync } from 'node:fs';
import type { Who } from './read.ts';

/** Kinds of namespaces, by their names in /proc/PID/ns: namespaces(7). */
export type NamespaceKind = 'mnt' | 'net' | 'user' | 'uts';

/** The file of a process's namespace, for open(2) and for comparison by inode (proc_pid_ns(5)). */
export const namespaceFile = (who: Who, kind: NamespaceKind): string => `/proc/${who}/ns/${kind}`;

/**
 * The namespace of a process in the kernel's notation, `net:[4026531840]`; undefined if the process has ended or may
 * not be read.
 */
export const namespaceOf = (who: Who, kind: NamespaceKind): string | undefined => linkOf(namespaceFile(who, kind));

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** The namespaces of a process's threads, as {@link namespaceOf}: each thread can be in another one (setns(2)). */
export function* threadNamespaces(pid: number, kind: NamespaceKind): Generator<string | undefined> {
  const folder = `/proc/${pid}/task`;
  let threads: string[];
  try {
    threads = readdirSync(folder);
  } catch {
    return;
  }
  for (const thread of threads) yield linkOf(`${folder}/${thread}/ns/${kind}`);
}

/** The namespace of this process, as {@link namespaceOf}. @throws ErrnoException if there is no /proc */
export const ownNamespace = (kind: NamespaceKind): string => readlinkSync(namespaceFile('self', kind));
