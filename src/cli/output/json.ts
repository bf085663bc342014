import { printableJson } from '../../base/index.ts';
import { printRaw } from './print.ts';

/** Prints the document of a command with `--json`. */
export function printJson(value: unknown): void {
  printRaw(`${printableJson(value, 2)}\n`);
}

/** Prints a document on one line, for commands that print several (JSON Lines). */
export function printJsonLine(value: unknown): void {
  printRaw(`${printableJson(value)}\n`);
}
