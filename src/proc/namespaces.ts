import { readdirSync, readlinkSync } from 'node:fs';
import type { Who } from './read.ts';

/** Kinds of namespaces, as the files of /proc/PID/ns are called: namespaces(7). */
export type NamespaceKind = 'mnt' | 'net' | 'user' | 'uts';

/** The file by which a process's namespace is opened and told apart (proc_pid_ns(5)). */
export const namespaceFile = (who: Who, kind: NamespaceKind): string => `/proc/${who}/ns/${kind}`;

/**
 * A process's namespace as the kernel names it, `net:[4026531840]`; undefined when the process has ended, or belongs to
 * somebody who may not be looked at.
 */
export const namespaceOf = (who: Who, kind: NamespaceKind): string | undefined => linkOf(namespaceFile(who, kind));

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** The namespaces of a process's threads, as of {@link namespaceOf}: each may be in another (setns(2)). */
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

/** The same of this process. @throws ErrnoException where there is no /proc */
export const ownNamespace = (kind: NamespaceKind): string => readlinkSync(namespaceFile('self', kind));
