import { print } from './print.ts';
/** Prints the one document of a command called with `--json`. */
export function printJson(value: unknown): void {
  print(`${JSON.stringify(value, null, 2)}\n`);
}
