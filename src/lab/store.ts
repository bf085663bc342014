import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { checkName, makeDirectory, Pins, RUN_DIRECTORY } from '../netns/index.ts';
import { checkTopology, parseTopology, TopologyError, type Topology } from '../topology/index.ts';

/**
 * A topology as it was given: from a file, whose text is kept so that errors can point into it, or as a value. `name` stands
 * in for the name that is in it.
 */
export type Source = ({ readonly file: string; readonly text: string } | { readonly value: unknown }) & {
  readonly name?: string;
  /** What paths in it are relative to: by default the file's folder, or the working directory where there is no file. */
  readonly folder?: string;
};

/** A source as it is kept: with what was read from it, if it is a text. */
type Kept = Source & { readonly topology?: Topology };

const FILE = 'topology.json';

export function load(source: Source): Topology {
  const options = { folder: folderOf(source), name: source.name };
  return 'text' in source
    ? parseTopology(source.text, source.file, options)
    : checkTopology(source.value, undefined, options);
}

function folderOf(source: Source): string {
  if (source.folder !== undefined) return source.folder;
  return 'text' in source && source.file !== '-' ? dirname(resolve(source.file)) : process.cwd();
}

/**
 * Keeps the topology of a lab with the lab, for commands that are given its name alone.
 * @param topology what it was read as: of a file it is kept, too, since reading YAML takes longer than most that a command does
 */
export function saveSource(pins: Pins, source: Source, topology?: Topology): void {
  const path = `${pins.root}/${FILE}`;
  // Commands that come later may have another working directory.
  const kept: Kept = {
    ...source,
    folder: folderOf(source),
    ...('text' in source && topology !== undefined && { topology }),
  };
  writeFileSync(`${path}.new`, `${JSON.stringify(kept, null, 2)}\n`);
  renameSync(`${path}.new`, path);
}

/** The topology a lab was last brought up with; undefined when it was killed before that was written. */
export function savedTopology(lab: string): Topology | undefined {
  const source: Kept | undefined = savedSource(lab);
  if (source === undefined) return undefined;
  if (source.topology === undefined) return load(source);
  try {
    return load({ value: source.topology, folder: folderOf(source) });
  } catch (error) {
    // Another version kept it. Its text knows where in it something stands.
    if (error instanceof TopologyError) return load(source);
    throw error;
  }
}

/** The same, as it was given. */
export function savedSource(lab: string): Source | undefined {
  if (!hasTopology(lab)) return undefined;
  return JSON.parse(readFileSync(topologyPath(lab), 'utf8')) as Source;
}

/** Whether a lab's topology is known, readable or not. */
export const hasTopology = (lab: string): boolean => existsSync(topologyPath(lab));

/** Another number after each time that a lab's topology was kept; undefined while there is none. */
export const topologyVersion = (lab: string): number | undefined =>
  statSync(topologyPath(lab), { throwIfNoEntry: false })?.ino;

const topologyPath = (lab: string): string => `${RUN_DIRECTORY}/${checkName(lab)}/${FILE}`;

/** The labs that exist, whole or in part, in order of their names. */
export function labNames(): string[] {
  if (!existsSync(RUN_DIRECTORY)) return [];
  return readdirSync(RUN_DIRECTORY, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && new Pins(entry.name).mounted)
    .map((entry) => entry.name)
    .toSorted();
}

/** Makes the folder of a lab, and says whether it had to. */
export function openFolder(pins: Pins): boolean {
  const fresh = !pins.mounted;
  makeDirectory(RUN_DIRECTORY);
  pins.mount();
  return fresh;
}
