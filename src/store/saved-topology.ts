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

/** A topology as the caller gives it: a value, or the path and text of a file, in which errors then have a position. */
export type Source = ({ readonly file: string; readonly text: string } | { readonly value: unknown }) & {
  /** Replaces the topology's name. */
  readonly name?: string;
  /** The folder that its paths are relative to: by default, the file's folder, or the working directory for a value. */
  readonly folder?: string;
  /** Values of the variables (`${NAME}`) of a file; they override environment variables. */
  readonly set?: Settings;
  /** Values of all variables of a stored file, used instead of the environment of the process that reads it. */
  readonly variables?: Readonly<Record<string, string>>;
};

/** Values of a file's variables, by name. */
export type Settings = Readonly<Record<string, string | number | boolean>>;
/** A source as it is stored: a text together with its parsed topology. */
type Stored = Source & { readonly topology?: Topology };

/** @throws TopologyError; UsageError if `set` has a name that no variable can have */
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
  const invalid = set.map(([name]) => name).find((name) => !isVariableName(name));
  if (invalid !== undefined)
    throw new UsageError(`"${invalid}" is not a valid variable name: use letters, digits and "_"`);
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
 * Stores the topology of a lab in the lab's folder, for commands that get only its name.
 * @param topology the parsed topology. That of a file is stored too, since parsing YAML takes longer than most
 *   commands, together with the environment variables that the file uses.
 */
export function saveSource(labMounts: LabMounts, source: Source, topology?: Topology): void {
  const path = `${labMounts.root}/${SAVED_TOPOLOGY}`;
  // Later commands can have another working directory, and another environment.
  const stored: Stored = {
    ...source,
    folder: folderOf(source),
    ...('text' in source && topology !== undefined && { topology, variables: variablesOf(topology), set: {} }),
  };
  replaceOwn(path, `${JSON.stringify(stored, null, 2)}\n`, PRIVATE_MODE);
}

/**
 * The topology that a lab was last brought up with; undefined if `up` was killed before it stored the topology.
 * @throws UnreadableError
 */
export function savedTopology(lab: string): Topology | undefined {
  const source = savedSource(lab);
  if (source === undefined) return undefined;
  try {
    return loadStored(source);
  } catch (error) {
    // Another version stored it.
    if (error instanceof TopologyError) throw unreadable(lab, SAVED_TOPOLOGY, error);
    throw error;
  }
}

function loadStored(source: Stored): Topology {
  if (source.topology === undefined) return load(source);
  try {
    return load({ value: source.topology, folder: folderOf(source) });
  } catch (error) {
    // Another version stored it. Load the text instead: its errors have lines and columns.
    if (error instanceof TopologyError) return load(source);
    throw error;
  }
}

/** The same, as the caller gave it. @throws UnreadableError if the stored file is no topology */
export const savedSource = (lab: string): Source | undefined =>
  readStored(new LabMounts(lab), SAVED_TOPOLOGY, isSource);

/**
 * The names of a lab's nodes; none if its topology is unknown. Does not validate the topology, which would take longer.
 */
export function savedNodeNames(lab: string): string[] {
  let source: Stored | undefined;
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
const isOptionalObject = (value: unknown): boolean => value === undefined || isObject(value);
const isOptionalText = (value: unknown): boolean => value === undefined || isText(value);

function isSource(value: unknown): value is Source {
  if (!isObject(value)) return false;
  const hasTopology = 'value' in value || (isText(value['file']) && isText(value['text']));
  return (
    hasTopology &&
    isOptionalText(value['name']) &&
    isOptionalText(value['folder']) &&
    isOptionalObject(value['set']) &&
    isOptionalObject(value['variables'])
  );
}

/** The largest size of a stored file, in bytes: a quarter of the lab's file system. */
const MAX_STORED = 64 * 1024 ** 2;

/**
 * Reads a JSON file in a lab's folder; undefined if there is no such file.
 * @throws UnreadableError if it is no JSON, or `isValid` is false; ErrnoException EACCES without permission to read it
 */
export function readStored<T>(
  { lab, root }: LabMounts,
  file: string,
  isValid: (value: unknown) => value is T,
): T | undefined {
  try {
    const text = readOwn(`${root}/${file}`, MAX_STORED);
    if (text === undefined) return undefined;
    const value: unknown = JSON.parse(text);
    if (!isValid(value)) throw new SyntaxError('it has an unexpected structure');
    return value;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') throw error;
    throw unreadable(lab, file, error);
  }
}

const unreadable = (lab: string, file: string, cause: unknown): UnreadableError =>
  new UnreadableError(lab, `${RUN_DIRECTORY}/${lab}/${file}`, (cause as Error).message.split('\n', 1)[0]!, cause);

/** Whether a topology of the lab is stored, valid or not. */
export const hasTopology = (lab: string): boolean => existsSync(topologyPath(lab));

/** A number that changes each time the lab's topology is stored (the file's inode); undefined while none is stored. */
export const topologyVersion = (lab: string): number | undefined =>
  statSync(topologyPath(lab), { throwIfNoEntry: false })?.ino;

const topologyPath = (lab: string): string => `${RUN_DIRECTORY}/${checkName(lab)}/${SAVED_TOPOLOGY}`;

/**
 * @throws NameTakenError if the path of the lab's folder is no folder: mount(2) would follow a symbolic link to another
 *   place
 */
export function requireFolder(labMounts: LabMounts): void {
  for (const path of [RUN_DIRECTORY, labMounts.root]) {
    if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() !== false) continue;
    throw new NameTakenError(`${path} exists and is not a folder; remove it, or rename the lab`);
  }
}

/** Creates and mounts the folder of a lab. Returns whether it did not exist before. */
export function openFolder(labMounts: LabMounts): boolean {
  const fresh = !labMounts.mounted;
  makeDirectory(RUN_DIRECTORY);
  labMounts.mount();
  return fresh;
}
