import { isName, listNamespaces, namespacePath, type LabMounts } from '../netns/index.ts';
import { parseNamespaceName, type NamespaceName } from '../state/index.ts';
import { readAnyFiles, readFiles } from './files.ts';

/** The files under /etc/netns/NAME. */
export type FilesOf = (namespace: NamespaceName) => Record<string, string>;

/** Which namespaces are taken for a lab's, and where they and their files are. */
export interface Namespaces {
  /** In order. */
  readonly names: () => NamespaceName[];
  readonly pathOf: (namespace: NamespaceName) => string;
  /** For one look at all of them. */
  readonly files: () => FilesOf;
}

/** Those in a lab's folder, which are the lab's. */
export const pinned = (labMounts: LabMounts): Namespaces => ({
  names: () => labMounts.names().toSorted(),
  pathOf: (name) => labMounts.path(name),
  files: () => readFiles(labMounts),
});

/** Those that have a lab's names, whoever made them. */
export const namedAs = (lab: string): Namespaces => ({
  names: () => listNamespaces((name) => parseNamespaceName(name).lab === lab && isName(name)).map(({ name }) => name),
  pathOf: namespacePath,
  files: () => readAnyFiles,
});
