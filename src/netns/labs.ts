import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { naturalOrder } from '../base/index.ts';
import { parseNamespaceName, type NamespaceIdentity, type NamespaceName } from '../state/index.ts';
import { isNamespace } from './nsfs.ts';
import { NETNS_DIRECTORY, RUN_DIRECTORY } from './paths.ts';

/*
 * The labs that are up and their namespaces, from the file system alone: no system call that needs a foreign function
 * interface or a privilege. The command line completes words by it, and finds out what a command means by a name.
 */

/** The labs that exist, whole or in part, in order of their names. */
export const labNames = (): string[] => labFolders(true).toSorted(naturalOrder);

/** The folders of labs on which nothing is mounted here: left over, or of labs that are up in another mount namespace. */
export const unmountedFolders = (): string[] => labFolders(false).toSorted();

/** Whether there is any folder of a lab's, be the lab up here, elsewhere or no more. */
export const hasLabFolders = (): boolean => folders().length > 0;

/** Whether a lab is up here, whole or in part: its folder is a file system of its own. */
export const isLabMounted = (lab: string): boolean => isMounted(lab, deviceOf(RUN_DIRECTORY)) === true;

function labFolders(mounted: boolean): string[] {
  const outer = deviceOf(RUN_DIRECTORY);
  return folders().filter((lab) => isMounted(lab, outer) === mounted);
}

/** Undefined where there is no folder of that name, or not any more. */
function isMounted(lab: string, outer: number | undefined): boolean | undefined {
  const device = deviceOf(`${RUN_DIRECTORY}/${lab}`);
  return device === undefined ? undefined : device !== outer;
}

function folders(): string[] {
  if (deviceOf(RUN_DIRECTORY) === undefined) return [];
  return readdirSync(RUN_DIRECTORY, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

const deviceOf = (path: string): number | undefined => lstatSync(path, { throwIfNoEntry: false })?.dev;

/** A namespace of a lab, by its name under /run/netns. */
export interface LabNamespace extends NamespaceIdentity {
  readonly namespace: NamespaceName;
}

/** The namespaces of all labs, or of one: the entries of /run/netns that lead into a lab's folder. */
export function labNamespaces(only?: string): LabNamespace[] {
  if (lstatSync(NETNS_DIRECTORY, { throwIfNoEntry: false }) === undefined) return [];
  return readdirSync(NETNS_DIRECTORY, { withFileTypes: true })
    .filter((entry) => entry.isSymbolicLink())
    .map(({ name }) => name)
    .filter((name) => (only === undefined || parseNamespaceName(name).lab === only) && isLabNamespace(name))
    .toSorted(naturalOrder)
    .map((namespace) => ({ namespace, ...parseNamespaceName(namespace) }));
}

/** Whether a name leads to a namespace of a lab. */
export function isLabNamespace(namespace: NamespaceName): boolean {
  const { lab } = parseNamespaceName(namespace);
  try {
    return readlinkSync(`${NETNS_DIRECTORY}/${namespace}`) === `${RUN_DIRECTORY}/${lab}/ns/${namespace}`;
  } catch {
    return false;
  }
}

/** Whether there is a namespace behind the name of one. */
export const isAlive = (namespace: NamespaceName): boolean => isNamespace(`${NETNS_DIRECTORY}/${namespace}`);
