import { lstatSync, readdirSync, statSync } from 'node:fs';
import { namespaceFile } from '../proc/index.ts';
import { NETNS_DIRECTORY } from './paths.ts';

// Of files alone: nothing here needs a foreign function interface.

let nsfs: number | undefined;

/** The device number of the file system that namespaces are files of. */
export const deviceOfNamespaces = (): number => (nsfs ??= statSync(namespaceFile('self', 'net')).dev);

/** Whether a path is a namespace's file, not the empty file that is left where none is mounted. */
export const isNamespace = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.dev === deviceOfNamespaces();

/** The number by which the kernel knows a namespace, as in `net:[4026531840]`. */
export const namespaceInode = (path: string): number => statSync(path).ino;

/** An entry of /run/netns. */
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
