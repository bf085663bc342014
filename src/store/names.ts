import { readdirSync, readFileSync } from 'node:fs';
import { naturalOrder } from '../base/index.ts';
import { labNames, RUN_DIRECTORY } from '../netns/index.ts';
import { servicesFolder } from '../observe/index.ts';

// Names for the completion and messages of the command line. Imports as little as possible, for a short start-up.

/** The name of the stored topology in the lab's folder. */
export const SAVED_TOPOLOGY = 'topology.json';

/** The file that a lab was brought up from; undefined if it was not brought up from a file. */
export function savedFile(lab: string): string | undefined {
  try {
    const { file } = JSON.parse(readFileSync(`${RUN_DIRECTORY}/${lab}/${SAVED_TOPOLOGY}`, 'utf8')) as {
      file?: unknown;
    };
    return typeof file === 'string' && file !== '-' ? file : undefined;
  } catch {
    // `up` was killed before it stored the topology, or another version stored it.
    return undefined;
  }
}

/** The services of all labs that were ever started: those that have a folder for their logs. */
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
