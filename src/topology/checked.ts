import { didYouMean } from '../base/index.ts';
import {
  TopologyError,
  type TopologyIssue,
  labNameOf,
  Issues,
  type Source,
  type Variables,
  readYaml,
  type TextAt,
  LAB_NAME_MAX,
  NAME,
  validate,
} from '../format/index.ts';
import type { Model } from './model.ts';
import { resolveTopology } from './resolve.ts';
import { topologySchema, type Topology } from './schema.ts';
import { checkBridgePorts } from './wiring/index.ts';

/** What was found out about a topology when it was checked, kept beside the value so that the value stays plain. */
interface Checked {
  readonly model: Model;
  readonly source: Source | undefined;
  readonly variables: Readonly<Record<string, string>>;
}
const checked = new WeakMap<Topology, Checked>();

export interface CheckOptions {
  /** What paths in it are relative to: the root when absent. */
  readonly folder?: string;
  /** Stands in for the name that it has. */
  readonly name?: string | undefined;
}

export interface ParseOptions extends CheckOptions {
  /** What stands for `${NAME}` in the text; nothing when absent. */
  readonly variables?: Variables;
  /** The same, given for this file: they come first, and one that the file does not name is an error. */
  readonly set?: Variables | undefined;
}

/**
 * Reads a topology file: YAML 1.2 or JSON. A lab without a name gets the file's.
 * @throws TopologyError that lists what is wrong, each with its place in the file.
 */
export function parseTopology(text: string, file: string, options: ParseOptions = {}): Topology {
  const variables = { ...options.variables, ...options.set };
  const { value, source, textAt, variables: named } = readYaml(text, file, variables);
  const unknown = Object.keys(options.set ?? {}).filter((name) => !named.has(name));
  if (unknown.length > 0)
    throw new TopologyError(
      unknown.map((name) => unnamed(name, named)),
      file,
    );
  const used = [...named].flatMap((name): [string, string][] => {
    const text = Object.hasOwn(variables, name) ? variables[name] : undefined;
    return text === undefined ? [] : [[name, text]];
  });
  return check(value, labNameOf(file), options, { source, textAt, variables: Object.fromEntries(used) });
}

const unnamed = (name: string, named: Iterable<string>): TopologyIssue => ({
  message: `the variable "${name}" is set, but the file has no \${${name}}${didYouMean(name, named)}`,
  path: '',
});

/**
 * Checks a topology made in a program.
 * @param defaultName what it is called when it does not say
 * @throws TopologyError that lists what is wrong, each with its path, such as `nodes.web.networks.lan`.
 */
export function checkTopology(value: unknown, defaultName?: string, options: CheckOptions = {}): Topology {
  return check(value, defaultName, options, {});
}

/** The model of a topology, which is checked now if it has not been. */
export function modelOf(topology: Topology): Model {
  return (checked.get(topology) ?? checked.get(checkTopology(topology))!).model;
}

/** Where a topology was read from. */
export function sourceOf(topology: Topology): Source | undefined {
  return checked.get(topology)?.source;
}

/** The variables of the file that a topology was read from, as far as they had a value. */
export function variablesOf(topology: Topology): Readonly<Record<string, string>> {
  return checked.get(topology)?.variables ?? {};
}

function check(
  value: unknown,
  defaultName: string | undefined,
  { folder = '/', name: otherName }: CheckOptions,
  { source, textAt, variables = {} }: Partial<Omit<Checked, 'model'>> & { readonly textAt?: TextAt },
): Topology {
  const issues = new Issues(source);
  checkBridgePorts(value, issues);
  issues.throwIfAny();
  const input = validate(topologySchema, value, issues, textAt);
  const name = otherName ?? input?.name ?? defaultName;
  // What a value that is refused says of its name is not known.
  if (input === undefined) issues.throwIfAny();
  if (name === undefined) issues.add([], unnamedLab(source));
  else if (input!.name !== name && !(NAME.test(name) && name.length <= LAB_NAME_MAX)) {
    issues.add(
      [],
      `"${name}" cannot name a lab: give it a "name" of at most ${LAB_NAME_MAX} characters, of a-z, 0-9 and "-"`,
    );
  }
  if (name === undefined) issues.throwIfAny();
  const topology: Topology = { ...input, name: name! };
  const model = resolveTopology(topology, folder, issues);
  issues.throwIfAny();
  // The model is kept with it: what was checked must stay what it is.
  deepFreeze(topology);
  checked.set(topology, { model, source, variables });
  return topology;
}

const unnamedLab = (source: Source | undefined): string =>
  `the lab needs a name: "name", of a-z, 0-9 and "-"${source === undefined ? '' : `; it cannot be named after ${source.file === '-' ? 'standard input' : source.file}`}`;

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  Object.freeze(value);
  for (const child of Object.values(value)) deepFreeze(child);
}
