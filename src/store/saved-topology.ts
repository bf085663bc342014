import { existsSync, lstatSync, statSync } from 'node:fs';
import { NameTakenError } from '../apply/index.ts';
import { checkArgument, PRIVATE_MODE, readOwn, replaceOwn, UsageError, workingDirectory } from '../base/index.ts';
import { checkName, makeDirectory, LabMounts, RUN_DIRECTORY } from '../netns/index.ts';
import { UnreadableError } from './error.ts';
import { folderOfFile } from './folder.ts';
import { SAVED_TOPOLOGY } from './names.ts';
import {
  checkTopology,
  isVariableName,
  parseTopology,
  TopologyError,
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
/** A source as it is kept: with what was read from it, if it is a text. */
type Kept = Source & { readonly topology?: Topology };

/** @throws TopologyError; UsageError for variables that no file can have */
export function load(source: Source): Topology {
  checkArgument('source', source, 'object');
  if (!('value' in source)) {
    checkArgument('source.file', source.file, 'text');
    checkArgument('source.text', source.text, 'text');
  }
  for (const member of ['name', 'folder'] as const)
    if (source[member] !== undefined) checkArgument(`source.${member}`, source[member], 'text');
  const options = { folder: folderOf(source), name: source.name };
  const set = Object.entries(source.set ?? {}).map(([name, value]) => [name, String(value)] as const);
  const odd = set.find(([name]) => !isVariableName(name));
  if (odd !== undefined) throw new UsageError(`"${odd[0]}" is not a valid variable name: use letters, digits and "_"`);
  if ('text' in source) {
    const variables = source.variables ?? process.env;
    return parseTopology(source.text, source.file, { ...options, variables, set: Object.fromEntries(set) });
  }
  if (set.length > 0) throw new UsageError('"set" needs a topology file: a topology value has no variables');
  return checkTopology(source.value, undefined, options);
}

function folderOf(source: Source): string {
  if (source.folder !== undefined) return source.folder;
  return 'text' in source ? folderOfFile(source.file) : workingDirectory();
}

/**
 * Keeps the topology of a lab with the lab, for commands that are given its name alone.
 * @param topology what it was read as: of a file it is kept, too, since reading YAML takes longer than most that a command
 *   does, and of the environment the variables that the file names
 */
export function saveSource(labMounts: LabMounts, source: Source, topology?: Topology): void {
  const path = `${labMounts.root}/${SAVED_TOPOLOGY}`;
  // Commands that come later may have another working directory, and another environment.
  const kept: Kept = {
    ...source,
    folder: folderOf(source),
    ...('text' in source && topology !== undefined && { topology, variables: variablesOf(topology), set: {} }),
  };
  replaceOwn(path, `${JSON.stringify(kept, null, 2)}\n`, PRIVATE_MODE);
}

/** The topology a lab was last brought up with; undefined when it was killed before that was written. */
export function savedTopology(lab: string): Topology | undefined {
  const source = savedSource(lab);
  if (source === undefined) return undefined;
  try {
    return loadKept(source);
  } catch (error) {
    // It was written by another version.
    if (error instanceof TopologyError) throw unreadable(lab, SAVED_TOPOLOGY, error);
    throw error;
  }
}

function loadKept(source: Kept): Topology {
  if (source.topology === undefined) return load(source);
  try {
    return load({ value: source.topology, folder: folderOf(source) });
  } catch (error) {
    // Another version kept it. Its text knows where in it something stands.
    if (error instanceof TopologyError) return load(source);
    throw error;
  }
}

/** The same, as it was given. @throws UnreadableError when what is kept is no topology */
export const savedSource = (lab: string): Source | undefined => readKept(new LabMounts(lab), SAVED_TOPOLOGY, isSource);

/** The names of a lab's nodes, as far as its topology is known: it is not checked, which would take longer. */
export function savedNodeNames(lab: string): string[] {
  let source: Kept | undefined;
  try {
    source = savedSource(lab);
  } catch (error) {
    if (error instanceof UnreadableError) return [];
    throw error;
  }
  const topology = source !== undefined && 'value' in source ? source.value : source?.topology;
  return isObject(topology) && isObject(topology['nodes']) ? Object.keys(topology['nodes']) : [];
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isText = (value: unknown): boolean => typeof value === 'string';
const isObjectIfAny = (value: unknown): boolean => value === undefined || isObject(value);
const isTextIfAny = (value: unknown): boolean => value === undefined || isText(value);

function isSource(kept: unknown): kept is Source {
  if (!isObject(kept)) return false;
  const isGiven = 'value' in kept || (isText(kept['file']) && isText(kept['text']));
  return (
    isGiven &&
    isTextIfAny(kept['name']) &&
    isTextIfAny(kept['folder']) &&
    isObjectIfAny(kept['set']) &&
    isObjectIfAny(kept['variables'])
  );
}

/** How large what is kept of a lab can be, in bytes: a quarter of its file system. */
const MOST_KEPT = 64 * 1024 ** 2;

/**
 * What is kept in a lab's folder, as JSON; undefined when there is none.
 * @throws UnreadableError when it is not what was written; ErrnoException EACCES without the privilege to read it
 */
export function readKept<T>(
  { lab, root }: LabMounts,
  file: string,
  isRight: (kept: unknown) => kept is T,
): T | undefined {
  try {
    const text = readOwn(`${root}/${file}`, MOST_KEPT);
    if (text === undefined) return undefined;
    const kept: unknown = JSON.parse(text);
    if (!isRight(kept)) throw new SyntaxError('it has an unexpected structure');
    return kept;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') throw error;
    throw unreadable(lab, file, error);
  }
}

const unreadable = (lab: string, file: string, cause: unknown): UnreadableError =>
  new UnreadableError(lab, `${RUN_DIRECTORY}/${lab}/${file}`, (cause as Error).message.split('\n', 1)[0]!, cause);

/** Whether a lab's topology is known, readable or not. */
export const hasTopology = (lab: string): boolean => existsSync(topologyPath(lab));

/** Another number after each time that a lab's topology was kept; undefined while there is none. */
export const topologyVersion = (lab: string): number | undefined =>
  statSync(topologyPath(lab), { throwIfNoEntry: false })?.ino;

const topologyPath = (lab: string): string => `${RUN_DIRECTORY}/${checkName(lab)}/${SAVED_TOPOLOGY}`;

/** @throws NameTakenError when something else is in the place of a lab's folder: what is mounted over a link is mounted elsewhere */
export function requireFolder(labMounts: LabMounts): void {
  for (const path of [RUN_DIRECTORY, labMounts.root]) {
    if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() !== false) continue;
    throw new NameTakenError(`${path} exists and is not a folder; remove it, or rename the lab`);
  }
}

/** Makes the folder of a lab, and says whether it had to. */
export function openFolder(labMounts: LabMounts): boolean {
  const fresh = !labMounts.mounted;
  makeDirectory(RUN_DIRECTORY);
  labMounts.mount();
  return fresh;
}
