import { writeSync } from 'node:fs';
import { printable, pause } from '../../base/index.ts';
import { EXIT } from '../exit.ts';
import { fit } from './fit.ts';
import { isTerminal, sanitized, STDERR, STDOUT } from './style.ts';

/*
 * All output to the standard streams. Control characters are escaped, whatever their source; only Netwright's own
 * styles reach the terminal. On a terminal, lines are broken between words. If a stream fails, the command still
 * completes its work.
 */

/** Prints on standard output. */
export function print(text: string): void {
  write('stdout', fit(sanitized(text), columnsOf('stdout')));
}

/**
 * Prints a script or a file on standard output: unchanged to a file or pipe, with escaped control characters on a
 * terminal.
 */
export function printDocument(text: string): void {
  write('stdout', document(text, STDOUT));
}

/** Prints a script on standard error in the same way. */
export function sayDocument(text: string): void {
  write('stderr', document(text, STDERR));
}

/** Does not break lines, so that they can be copied. */
const document = (text: string, stream: typeof STDOUT | typeof STDERR): string =>
  isTerminal(stream) ? printable(text) : text;

/** Prints on standard output without escaping control characters. */
export const printRaw = (text: string): void => write('stdout', text);

/** Prints errors, warnings and notes on standard error. */
export function say(text: string): void {
  write('stderr', fit(sanitized(text), columnsOf('stderr')));
}

/** Prints on standard error without escaping control characters. */
export const sayRaw = (text: string): void => write('stderr', text);

type Stream = 'stdout' | 'stderr';

const DESCRIPTORS = { stdout: STDOUT, stderr: STDERR } as const;

/** Streams that have failed: nothing more is written to them. */
const failed = new Set<Stream>();
const failure = new AbortController();

/** Aborted when standard output fails: commands that run until Ctrl-C then end. All others complete their work. */
export const outputFailed: AbortSignal = failure.signal;

/** The width of a terminal; Infinity for other files, for which Node's slow stream object is not created. */
const columnsOf = (stream: Stream): number =>
  isTerminal(DESCRIPTORS[stream]) ? process[stream].columns || Infinity : Infinity;

/** Writes the whole text, unless the stream has failed. */
function write(stream: Stream, text: string): void {
  let bytes: Uint8Array = Buffer.from(text);
  while (bytes.length > 0 && !failed.has(stream)) {
    try {
      bytes = bytes.subarray(writeSync(DESCRIPTORS[stream], bytes));
    } catch (error) {
      // Another process with the same pipe or terminal has set O_NONBLOCK on it.
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') pause(10);
      else fail(stream, error as Error);
    }
  }
}

/**
 * EPIPE is no error: the reader, such as `head`, has ended. Other errors, such as a full disk, print one line and set
 * the exit status 1; if standard error fails, only the exit status reports it.
 */
function fail(stream: Stream, error: NodeJS.ErrnoException): void {
  failed.add(stream);
  if (error.code !== 'EPIPE') {
    process.exitCode ||= EXIT.failed;
    if (stream === 'stdout') say(`netwright: standard output cannot be written: ${error.message}\n`);
  }
  if (stream === 'stdout') failure.abort();
}
