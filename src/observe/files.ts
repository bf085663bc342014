import { readdirSync, readFileSync } from 'node:fs';
import { linkTarget, NETNS_ETC_DIRECTORY, type LabMounts } from '../netns/index.ts';

/** The same object for all namespaces without files, like one object for all that share a directory. */
const NO_FILES: Record<string, string> = {};

/**
 * Returns a function that reads the files of a lab under /etc/netns/NAME. Namespaces that share a directory are read
 * once, and get the same object.
 */
export function readFiles(labMounts: LabMounts): (namespace: string) => Record<string, string> {
  const folders = new Map<string, Record<string, string>>();
  return (namespace) => {
    const folder = linkTarget(`${NETNS_ETC_DIRECTORY}/${namespace}`);
    if (folder?.startsWith(`${labMounts.root}/etc/`) !== true) return NO_FILES;
    let files = folders.get(folder);
    if (files === undefined) {
      files = readFolder(folder);
      folders.set(folder, files);
    }
    return files;
  };
}

/** The files under /etc/netns/NAME, also those that Netwright did not write. */
export const readAnyFiles = (namespace: string): Record<string, string> =>
  readFolder(`${NETNS_ETC_DIRECTORY}/${namespace}`);

/** The files of a directory, by name; empty if the directory does not exist. */
export function readFolder(folder: string): Record<string, string> {
  try {
    return Object.fromEntries(
      readdirSync(folder, { withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map(({ name }) => name)
        .toSorted()
        .map((name) => [name, readFileSync(`${folder}/${name}`, 'utf8')]),
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}
