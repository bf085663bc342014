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
  isLabName,
  LAB_NAME_MAX,
  validate,
} from '../format/index.ts';
import type { Model } from './model.ts';
import { resolveTopology } from './resolve.ts';
import { topologySchema, type Topology } from './schema.ts';
import { checkBridgePorts } from './wiring/index.ts';

/** The result of checking a topology. A WeakMap holds it, so that the topology itself stays a plain value. */
interface Checked {
  readonly model: Model;
  readonly source: Source | undefined;
  readonly variables: Readonly<Record<string, string>>;
}
const checked = new WeakMap<Topology, Checked>();

export interface CheckOptions {
  /** The folder that relative paths in the topology start from; `/` when absent. */
  readonly folder?: string;
  /** The name of the lab, instead of the one in the topology. */
  readonly name?: string | undefined;
}

export interface ParseOptions extends CheckOptions {
  /** The values of `${NAME}` in the text; none when absent. */
  readonly variables?: Variables;
  /** Values that override `variables`. A name that the file does not use is an error. */
  readonly set?: Variables | undefined;
}

/**
 * Reads and checks a topology file in YAML 1.2 or JSON. A lab without a name is named after the file.
 * @throws TopologyError that lists all errors, each with its line and column.
 */
export function parseTopology(text: string, file: string, options: ParseOptions = {}): Topology {
  const variables = { ...options.variables, ...options.set };
  const { value, source, textAt, variables: names } = readYaml(text, file, variables);
  const unknown = Object.keys(options.set ?? {}).filter((name) => !names.has(name));
  if (unknown.length > 0)
    throw new TopologyError(
      unknown.map((name) => unusedVariable(name, names)),
      file,
    );
  const used = [...names].flatMap((name): [string, string][] => {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    return value === undefined ? [] : [[name, value]];
  });
  return check(value, labNameOf(file), options, { source, textAt, variables: Object.fromEntries(used) });
}

const unusedVariable = (name: string, names: Iterable<string>): TopologyIssue => ({
  message: `the variable "${name}" is set, but the file has no \${${name}}${didYouMean(name, names)}`,
  path: '',
});

/**
 * Checks a topology that a program built.
 * @param defaultName the name of the lab when the topology has none
 * @throws TopologyError that lists all errors, each with its path, such as `nodes.web.networks.lan`.
 */
export function checkTopology(value: unknown, defaultName?: string, options: CheckOptions = {}): Topology {
  return check(value, defaultName, options, {});
}

/** The model of a topology. Checks the topology first if that was not done yet. */
export function modelOf(topology: Topology): Model {
  return (checked.get(topology) ?? checked.get(checkTopology(topology))!).model;
}

/** The file that a topology was read from; undefined for one that a program built. */
export function sourceOf(topology: Topology): Source | undefined {
  return checked.get(topology)?.source;
}

/** The variables that the file of a topology uses, with their values. Variables without a value are left out. */
export function variablesOf(topology: Topology): Readonly<Record<string, string>> {
  return checked.get(topology)?.variables ?? {};
}

function check(
  value: unknown,
  defaultName: string | undefined,
  { folder = '/', name: nameOverride }: CheckOptions,
  { source, textAt, variables = {} }: Partial<Omit<Checked, 'model'>> & { readonly textAt?: TextAt },
): Topology {
  const issues = new Issues(source);
  checkBridgePorts(value, issues);
  issues.throwIfAny();
  const input = validate(topologySchema, value, issues, textAt);
  const name = nameOverride ?? input?.name ?? defaultName;
  // The name in an invalid value is unknown: no further error about it.
  if (input === undefined) issues.throwIfAny();
  if (name === undefined) issues.add([], unnamedLab(source));
  else if (input!.name !== name && !isLabName(name)) {
    issues.add(
      [],
      `"${name}" cannot name a lab: give it a "name" of at most ${LAB_NAME_MAX} characters, of a-z, 0-9 and "-"`,
    );
  }
  if (name === undefined) issues.throwIfAny();
  const topology: Topology = { ...input, name: name! };
  const model = resolveTopology(topology, folder, issues);
  issues.throwIfAny();
  // The model is cached for this object, so the object must not change any more.
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
