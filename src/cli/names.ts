import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { naturally } from '../base/text.ts';
import { NETNS_DIRECTORY, RUN_DIRECTORY } from '../netns/paths.ts';

/*
 * The names of what is up, from the file system alone: no system call that needs a foreign function interface or a
 * privilege. For completion, and for finding what a command means by a name.
 */

/** The labs that exist, whole or in part. */
export function labNames(): string[] {
  const folder = lstatSync(RUN_DIRECTORY, { throwIfNoEntry: false });
  if (folder === undefined) return [];
  // A lab's folder is a file system of its own.
  const isMounted = (name: string): boolean =>
    lstatSync(`${RUN_DIRECTORY}/${name}`, { throwIfNoEntry: false })?.dev !== folder.dev;
  return readdirSync(RUN_DIRECTORY, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && isMounted(entry.name))
    .map(({ name }) => name)
    .toSorted(naturally);
}

/** Whether there is any folder of a lab's, be the lab up here, elsewhere or no more. */
export function hasFolders(): boolean {
  if (lstatSync(RUN_DIRECTORY, { throwIfNoEntry: false }) === undefined) return false;
  return readdirSync(RUN_DIRECTORY, { withFileTypes: true }).some((entry) => entry.isDirectory());
}

/** A namespace of a lab, by its name under /run/netns. */
export interface LabNamespace {
  readonly namespace: string;
  readonly lab: string;
  /** Absent for the lab's own namespace, which holds its bridges. */
  readonly node?: string;
}

/** The namespaces of all labs, or of one: the entries of /run/netns that lead into a lab's folder. */
export function labNamespaces(only?: string): LabNamespace[] {
  if (lstatSync(NETNS_DIRECTORY, { throwIfNoEntry: false }) === undefined) return [];
  return readdirSync(NETNS_DIRECTORY, { withFileTypes: true })
    .filter((entry) => entry.isSymbolicLink() && (only === undefined || labOf(entry.name) === only))
    .map(({ name }) => name)
    .filter(isLabNamespace)
    .toSorted(naturally)
    .map((namespace) => {
      const lab = labOf(namespace);
      return { namespace, lab, ...(namespace === lab ? {} : { node: namespace.slice(lab.length + 1) }) };
    });
}

/** Whether a name leads to a namespace of a lab. Names have no dots but the one between lab and node. */
export function isLabNamespace(namespace: string): boolean {
  try {
    return readlinkSync(`${NETNS_DIRECTORY}/${namespace}`) === `${RUN_DIRECTORY}/${labOf(namespace)}/ns/${namespace}`;
  } catch {
    return false;
  }
}

/** Whether there is a namespace behind a lab's name: a file system of its own is mounted there. */
export function isAlive(namespace: string): boolean {
  const device = deviceOf(`${NETNS_DIRECTORY}/${namespace}`);
  return device !== undefined && device !== deviceOf(`${RUN_DIRECTORY}/${labOf(namespace)}`);
}

const deviceOf = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.dev;

/** The file that a lab was brought up from, if there was one. */
export function fileOf(lab: string): string | undefined {
  try {
    const { file } = JSON.parse(readFileSync(`${RUN_DIRECTORY}/${lab}/topology.json`, 'utf8')) as { file?: unknown };
    return typeof file === 'string' && file !== '-' ? file : undefined;
  } catch {
    // The lab was killed before that was written, or it was written by another version.
    return undefined;
  }
}

const labOf = (namespace: string): string => namespace.split('.', 1)[0]!;

/** Services that were ever started, of all labs: the folders that hold their logs. */
export function labServices(): { lab: string; node: string; service: string; only: boolean }[] {
  return labNames().flatMap((lab) => {
    const root = `${RUN_DIRECTORY}/${lab}/services`;
    return namesIn(root).flatMap((node) => {
      const services = namesIn(`${root}/${node}`);
      return services.map((service) => ({ lab, node, service, only: services.length === 1 }));
    });
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted(naturally);
  } catch {
    return [];
  }
}
