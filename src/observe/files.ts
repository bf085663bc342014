import { readdirSync, readFileSync } from 'node:fs';
import { linkTarget, NETNS_ETC_DIRECTORY, type LabMounts } from '../netns/index.ts';

/** One object for all that have none, as for all that share a folder. */
const NO_FILES: Record<string, string> = {};

/**
 * A function that gives the files a lab put under /etc/netns/NAME. Nodes that see the same share a folder, and so are
 * read once, and give the same object.
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

/** The files under /etc/netns/NAME, whoever put them there. */
export const readAnyFiles = (namespace: string): Record<string, string> =>
  readFolder(`${NETNS_ETC_DIRECTORY}/${namespace}`);

/** The files of a folder, by name; none when there is no such folder. */
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
