import { printableJson } from '../../base/index.ts';
import { printRaw } from './print.ts';

/** Prints the one document of a command called with `--json`. */
export function printJson(value: unknown): void {
  printRaw(`${printableJson(value, 2)}\n`);
}

/** Prints one document of several, each on a line of its own. */
export function printJsonLine(value: unknown): void {
  printRaw(`${printableJson(value)}\n`);
}
