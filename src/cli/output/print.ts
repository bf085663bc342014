import { isatty } from 'node:tty';
import { printable } from '../../base/printable.ts';
import { fit } from './fit.ts';
import { shown, STDERR, STDOUT } from './style.ts';

/*
 * What is printed for people. Whoever writes to a standard stream writes here: characters in it that would steer the
 * terminal are written out, wherever they came from, and the colours are ours alone. On a terminal no word is broken.
 */

let listening = false;

/** Prints on standard output. A reader that has seen enough, as `head` in a pipe, is no fault: the process ends. */
export function print(text: string): void {
  printWhole(fit(shown(text), process.stdout.columns || Infinity));
}

/** Prints a script or a file: as it is where another program or a file gets it, and harmless on a terminal. */
export function printDocument(text: string): void {
  printWhole(document(text, STDOUT));
}

/** The same on standard error, for commands. */
export function sayDocument(text: string): void {
  process.stderr.write(document(text, STDERR));
}

/** Lines stay as they are, so that they can be copied. */
const document = (text: string, stream: typeof STDOUT | typeof STDERR): string =>
  isatty(stream) ? printable(text) : text;

/** Prints on standard output what may do to a terminal whatever it does. */
export function printWhole(text: string): void {
  if (!listening) {
    listening = true;
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit();
      throw error;
    });
  }
  process.stdout.write(text);
}

/** Says something besides the output, on standard error: errors, warnings, notes. */
export function say(text: string): void {
  process.stderr.write(fit(shown(text), process.stderr.columns || Infinity));
}
