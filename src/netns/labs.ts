import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { naturalOrder } from '../base/index.ts';
import { parseNamespaceName, type NamespaceIdentity, type NamespaceName } from '../state/index.ts';
import { isNamespace } from './nsfs.ts';
import { NETNS_DIRECTORY, RUN_DIRECTORY } from './paths.ts';

/*
 * The labs that are up and their namespaces, from the file system alone: without system calls that need a foreign
 * function interface or a privilege. The command line uses it to complete words, and to find out what a name means.
 */

/** The labs that are up in this mount namespace, complete or not, sorted by name. */
export const labNames = (): string[] => labFolders(true).toSorted(naturalOrder);

/**
 * The directories of labs on which nothing is mounted in this mount namespace: left over, or of labs that are up in
 * another mount namespace.
 */
export const unmountedFolders = (): string[] => labFolders(false).toSorted();

/** True if there is a directory of any lab: up in this mount namespace, in another one, or left over. */
export const hasLabFolders = (): boolean => folders().length > 0;

/** True if a lab is up in this mount namespace, complete or not: its directory is a mount point. */
export const isLabMounted = (lab: string): boolean => isMounted(lab, deviceOf(RUN_DIRECTORY)) === true;

function labFolders(mounted: boolean): string[] {
  const runDevice = deviceOf(RUN_DIRECTORY);
  return folders().filter((lab) => isMounted(lab, runDevice) === mounted);
}

/** Undefined if there is no such directory, or no longer. */
function isMounted(lab: string, runDevice: number | undefined): boolean | undefined {
  const device = deviceOf(`${RUN_DIRECTORY}/${lab}`);
  return device === undefined ? undefined : device !== runDevice;
}

function folders(): string[] {
  if (deviceOf(RUN_DIRECTORY) === undefined) return [];
  return readdirSync(RUN_DIRECTORY, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

const deviceOf = (path: string): number | undefined => lstatSync(path, { throwIfNoEntry: false })?.dev;

/** A namespace of a lab, with its name under /run/netns. */
export interface LabNamespace extends NamespaceIdentity {
  readonly namespace: NamespaceName;
}

/** The namespaces of all labs or of one: the links under /run/netns that point into the lab's directory. */
export function labNamespaces(only?: string): LabNamespace[] {
  if (lstatSync(NETNS_DIRECTORY, { throwIfNoEntry: false }) === undefined) return [];
  return readdirSync(NETNS_DIRECTORY, { withFileTypes: true })
    .filter((entry) => entry.isSymbolicLink())
    .map(({ name }) => name)
    .filter((name) => (only === undefined || parseNamespaceName(name).lab === only) && isLabNamespace(name))
    .toSorted(naturalOrder)
    .map((namespace) => ({ namespace, ...parseNamespaceName(namespace) }));
}

/** True if the link of a name points into the directory of its lab. */
export function isLabNamespace(namespace: NamespaceName): boolean {
  const { lab } = parseNamespaceName(namespace);
  try {
    return readlinkSync(`${NETNS_DIRECTORY}/${namespace}`) === `${RUN_DIRECTORY}/${lab}/ns/${namespace}`;
  } catch {
    return false;
  }
}

/** True if the link of a name points to a living namespace. */
export const isAlive = (namespace: NamespaceName): boolean => isNamespace(`${NETNS_DIRECTORY}/${namespace}`);
