import { InvalidArgumentError, Option } from 'commander';

export const jsonOption = (): Option => new Option('--json', 'print one JSON document, and nothing else');

/** Reads a number of seconds, for commander. @returns milliseconds */
export function seconds(text: string): number {
  const value = Number(text.replace(/s$/, ''));
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) {
    throw new InvalidArgumentError('It is a number of seconds, such as 5 or 0.5.');
  }
  return value * 1000;
}

/** What is said of arguments that are a lab, and a node. */
export const LAB = 'may be left out when one lab is up or a topology file in this folder tells which';
export const NODE = 'LAB.NODE, or NODE when one lab is up or a topology file in this folder tells which';

export const waitOption = (): Option =>
  new Option('--wait <seconds>', 'how long to wait for another process that is changing the lab')
    .argParser(seconds)
    .default(0, '0');
