import { isName, listNamespaces, namespacePath, type LabMounts } from '../netns/index.ts';
import { parseNamespaceName, type NamespaceName } from '../state/index.ts';
import { readAnyFiles, readFiles } from './files.ts';

/** The files under /etc/netns/NAME. */
export type FilesOf = (namespace: NamespaceName) => Record<string, string>;

/** The namespaces of a lab, and the paths of the namespaces and their files. */
export interface Namespaces {
  /** Sorted. */
  readonly names: () => NamespaceName[];
  readonly pathOf: (namespace: NamespaceName) => string;
  /** Called once for each observation of all namespaces. */
  readonly files: () => FilesOf;
}

/** The namespaces that are pinned in a lab's folder, so that they belong to the lab. */
export const pinned = (labMounts: LabMounts): Namespaces => ({
  names: () => labMounts.names().toSorted(),
  pathOf: (name) => labMounts.path(name),
  files: () => readFiles(labMounts),
});

/** The namespaces with names of a lab, whichever program created them. */
export const namedAs = (lab: string): Namespaces => ({
  names: () => listNamespaces((name) => parseNamespaceName(name).lab === lab && isName(name)).map(({ name }) => name),
  pathOf: namespacePath,
  files: () => readAnyFiles,
});
