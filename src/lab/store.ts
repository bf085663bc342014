import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { checkName, makeDirectory, Pins, RUN_DIRECTORY } from '../netns/index.ts';
import { UsageError } from '../base/error.ts';
import {
  checkTopology,
  isNameless,
  isVariableName,
  parseTopology,
  variablesOf,
  type Topology,
} from '../topology/index.ts';

/**
 * A topology as it was given: from a file, whose text is kept so that errors can point into it, or as a value. `name` stands
 * in for the name that is in it.
 */
export type Source = ({ readonly file: string; readonly text: string } | { readonly value: unknown }) & {
  readonly name?: string;
  /** What paths in it are relative to: by default the file's folder, or the working directory where there is no file. */
  readonly folder?: string;
  /** What stands for `${NAME}` in a file, before the environment. */
  readonly set?: Settings;
  /** All that stands for its variables, of a file that was kept: instead of the environment of whoever reads it later. */
  readonly variables?: Readonly<Record<string, string>>;
};

/** Values of a file's variables, by name. */
export type Settings = Readonly<Record<string, string | number | boolean>>;

const FILE = 'topology.json';

/** @throws TopologyError; UsageError for variables that no file can have */
export function load(source: Source): Topology {
  const options = { folder: folderOf(source), name: source.name };
  const set = Object.entries(source.set ?? {}).map(([name, value]) => [name, String(value)] as const);
  const odd = set.find(([name]) => !isVariableName(name));
  if (odd !== undefined) throw new UsageError(`"${odd[0]}" is no name of a variable: it has letters, digits and "_"`);
  if ('text' in source) {
    const variables = source.variables ?? process.env;
    return parseTopology(source.text, source.file, { ...options, variables, set: Object.fromEntries(set) });
  }
  if (set.length > 0)
    throw new UsageError('"set" says what stands for variables of a file: a topology that is a value has none');
  return checkTopology(source.value, undefined, options);
}

function folderOf(source: Source): string {
  if (source.folder !== undefined) return source.folder;
  return 'text' in source && !isNameless(source.file) ? dirname(resolve(source.file)) : process.cwd();
}

/**
 * Keeps the topology of a lab with the lab, for commands that are given its name alone.
 * @param topology what it was read as: of the environment, the variables that its file names are kept
 */
export function saveSource(pins: Pins, source: Source, topology?: Topology): void {
  const path = `${pins.root}/${FILE}`;
  // Commands that come later may have another working directory, and another environment.
  const kept: Source = {
    ...source,
    folder: folderOf(source),
    ...('text' in source && topology !== undefined && { variables: variablesOf(topology), set: {} }),
  };
  writeFileSync(`${path}.new`, `${JSON.stringify(kept, null, 2)}\n`);
  renameSync(`${path}.new`, path);
}

/** The topology a lab was last brought up with; undefined when it was killed before that was written. */
export function savedTopology(lab: string): Topology | undefined {
  const source = savedSource(lab);
  return source === undefined ? undefined : load(source);
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
