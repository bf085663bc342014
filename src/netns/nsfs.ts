import { lstatSync, readdirSync, statSync } from 'node:fs';
import { namespaceFile } from '../proc/index.ts';
import { NETNS_DIRECTORY } from './paths.ts';

// Uses files only: nothing here needs a foreign function interface.

let nsfs: number | undefined;

/** The device number of nsfs, the file system of namespaces. */
export const deviceOfNamespaces = (): number => (nsfs ??= statSync(namespaceFile('self', 'net')).dev);

/** True if a path is a namespace, not the empty file that stays where none is mounted. */
export const isNamespace = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.dev === deviceOfNamespaces();

/** The inode number of a namespace, as in `net:[4026531840]`. */
export const namespaceInode = (path: string): number => statSync(path).ino;

/** An entry of /run/netns. */
export interface NamedNamespace {
  readonly name: string;
  /** True if the entry is a symbolic link, as Netwright's are. */
  readonly linked: boolean;
}

/** The entries of /run/netns that `accept` accepts by name, sorted by name; empty if there is no such directory. */
export function listNamespaces(accept: (name: string) => boolean = () => true): NamedNamespace[] {
  if (lstatSync(NETNS_DIRECTORY, { throwIfNoEntry: false }) === undefined) return [];
  return readdirSync(NETNS_DIRECTORY, { withFileTypes: true })
    .filter((entry) => accept(entry.name))
    .map((entry) => ({ name: entry.name, linked: entry.isSymbolicLink() }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
