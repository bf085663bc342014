import { basename, extname } from 'node:path';
import { Issues, type Source } from './issues.ts';
import type { Model } from './model.ts';
import { resolve } from './resolve.ts';
import type { Topology } from './schema.ts';
import { validate } from './validate.ts';
import { readYaml } from './yaml.ts';
import { LAB_NAME_MAX, NAME } from './names.ts';

/** What was found out about a topology when it was checked, kept beside the value so that the value stays plain. */
const checked = new WeakMap<Topology, { readonly model: Model; readonly source: Source | undefined }>();

export interface CheckOptions {
  /** What paths in it are relative to: the root when absent. */
  readonly folder?: string;
  /** Stands in for the name that it has. */
  readonly name?: string | undefined;
}

/**
 * Reads a topology file: YAML 1.2 or JSON. A lab without a name gets the file's.
 * @throws TopologyError that lists what is wrong, each with its place in the file.
 */
export function parseTopology(text: string, file: string, options: CheckOptions = {}): Topology {
  const { value, source } = readYaml(text, file);
  return check(value, basename(file, extname(file)), source, options);
}

/**
 * Checks a topology made in a program.
 * @param defaultName what it is called when it does not say
 * @throws TopologyError that lists what is wrong, each with its path, such as `nodes.web.networks.lan`.
 */
export function checkTopology(value: unknown, defaultName?: string, options: CheckOptions = {}): Topology {
  return check(value, defaultName, undefined, options);
}

/** The model of a topology, which is checked now if it has not been. */
export function modelOf(topology: Topology): Model {
  return (checked.get(topology) ?? checked.get(checkTopology(topology))!).model;
}

/** Where a topology was read from. */
export function sourceOf(topology: Topology): Source | undefined {
  return checked.get(topology)?.source;
}

function check(
  value: unknown,
  defaultName: string | undefined,
  source: Source | undefined,
  { folder = '/', name: otherName }: CheckOptions,
): Topology {
  const issues = new Issues(source);
  const input = validate(value, issues);
  const name = otherName ?? input?.name ?? defaultName;
  if (name === undefined) issues.add([], 'the lab needs a name: "name", of a-z, 0-9 and "-"');
  else if (input !== undefined && input.name !== name && !(NAME.test(name) && name.length <= LAB_NAME_MAX)) {
    issues.add(
      [],
      `"${name}" cannot name a lab: give it a "name" of at most ${LAB_NAME_MAX} characters, of a-z, 0-9 and "-"`,
    );
  }
  if (input === undefined || name === undefined) issues.throwIfAny();
  const topology: Topology = { ...input, name: name! };
  const model = resolve(topology, folder, issues);
  issues.throwIfAny();
  // The model is kept with it: what was checked must stay what it is.
  deepFreeze(topology);
  checked.set(topology, { model, source });
  return topology;
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  Object.freeze(value);
  for (const child of Object.values(value)) deepFreeze(child);
}
