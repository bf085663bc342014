import { lstatSync, readdirSync, statSync } from 'node:fs';
import { libc, O_CLOEXEC, O_RDONLY } from '../ffi/index.ts';
import { namespacePath, NETNS_DIRECTORY } from './paths.ts';

/** Opens a named namespace. @returns a close-on-exec descriptor, the caller's to close. @throws SyscallError ENOENT */
export const openNamespace = (name: string): number => libc.open(namespacePath(name), O_RDONLY | O_CLOEXEC);

/** A descriptor of the namespace this thread is in, the caller's to close. */
export const openOwnNamespace = (): number => libc.open('/proc/thread-self/ns/net', O_RDONLY | O_CLOEXEC);

let nsfs: number | undefined;

/** Whether a path is a namespace's file, not the empty file that is left where none is mounted. */
export function isNamespace(path: string): boolean {
  nsfs ??= statSync('/proc/self/ns/net').dev;
  return statSync(path, { throwIfNoEntry: false })?.dev === nsfs;
}

/** The number by which the kernel knows a namespace, as in `net:[4026531840]`. */
export const namespaceInode = (path: string): number => statSync(path).ino;

export interface NamedNamespace {
  readonly name: string;
  /** Whether the entry is a symbolic link, as Netwright's are. */
  readonly linked: boolean;
}

/** The entries of /run/netns whose name `accept`s; missing when there is no such folder. */
export function listNamespaces(accept: (name: string) => boolean = () => true): NamedNamespace[] {
  if (lstatSync(NETNS_DIRECTORY, { throwIfNoEntry: false }) === undefined) return [];
  return readdirSync(NETNS_DIRECTORY, { withFileTypes: true })
    .filter((entry) => accept(entry.name))
    .map((entry) => ({ name: entry.name, linked: entry.isSymbolicLink() }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
