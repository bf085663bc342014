import { readdirSync, readFileSync } from 'node:fs';
import { naturalOrder } from '../base/index.ts';
import { labNames, RUN_DIRECTORY } from '../netns/index.ts';
import { servicesFolder } from '../observe/index.ts';

// What the command line completes words by, and names in its messages: nothing is loaded for it that can be done without.

/** What the topology of a lab is kept as, in the lab's folder. */
export const SAVED_TOPOLOGY = 'topology.json';

/** The file that a lab was brought up from, if there was one. */
export function savedFile(lab: string): string | undefined {
  try {
    const { file } = JSON.parse(readFileSync(`${RUN_DIRECTORY}/${lab}/${SAVED_TOPOLOGY}`, 'utf8')) as {
      file?: unknown;
    };
    return typeof file === 'string' && file !== '-' ? file : undefined;
  } catch {
    // The lab was killed before that was written, or it was written by another version.
    return undefined;
  }
}

/** Services that were ever started, of all labs: the folders that hold their logs. */
export function savedServices(): { lab: string; node: string; service: string; only: boolean }[] {
  return labNames().flatMap((lab) => {
    const root = servicesFolder({ root: `${RUN_DIRECTORY}/${lab}` });
    return namesIn(root).flatMap((node) => {
      const services = namesIn(`${root}/${node}`);
      return services.map((service) => ({ lab, node, service, only: services.length === 1 }));
    });
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted(naturalOrder);
  } catch {
    return [];
  }
}
