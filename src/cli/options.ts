import { InvalidArgumentError, Option } from 'commander';
import { isVariableName } from '../format/index.ts';

export const jsonOption = (): Option => new Option('--json', 'print one JSON document');

/** Parses a number of seconds, for commander. @returns milliseconds */
export function seconds(text: string): number {
  const value = Number(text.replace(/s$/, ''));
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) {
    throw new InvalidArgumentError('Expected a number of seconds, such as 5 or 0.5.');
  }
  return value * 1000;
}

/** Values of a file's variables; they override environment variables. */
export interface SetOption {
  readonly set?: Readonly<Record<string, string>>;
}

export const setOption = (): Option =>
  new Option(
    '--set <name=value>',
    'set a variable ${NAME} of the file, overriding the environment; repeatable',
  ).argParser(assignment);

/** Parses `NAME=VALUE` and adds it to those that were parsed before, for commander. */
function assignment(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [name] = text.split('=', 1);
  if (name === text) throw new InvalidArgumentError(`"${text}" has no value: expected NAME=VALUE.`);
  if (!isVariableName(name!))
    throw new InvalidArgumentError(`"${name}" is not a valid variable name: use letters, digits and "_".`);
  return { ...before, [name!]: text.slice(name!.length + 1) };
}

/** The descriptions of an argument that is a lab, and of one that is a node. */
export const LAB = 'optional if one lab is up, or for the lab of a topology file in this folder';
export const NODE = 'LAB.NODE; NODE if one lab is up, or for the lab of a topology file in this folder';

export const waitOption = (): Option =>
  new Option('--wait <seconds>', 'how long to wait for another process that is changing the lab')
    .argParser(seconds)
    .default(0, '0');
