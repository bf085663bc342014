import { writeSync } from 'node:fs';
import { printable, pause } from '../../base/index.ts';
import { EXIT } from '../exit.ts';
import { fit } from './fit.ts';
import { isTerminal, sanitized, STDERR, STDOUT } from './style.ts';

/*
 * What is printed for people. Whoever writes to a standard stream writes here: characters in it that would steer the
 * terminal are written out, wherever they came from, and the colours are ours alone. On a terminal no word is broken. A
 * stream that cannot be written to is no reason to leave something half-done.
 */

/** Prints on standard output. */
export function print(text: string): void {
  write('stdout', fit(sanitized(text), columnsOf('stdout')));
}

/** Prints a script or a file: as it is where another program or a file gets it, and harmless on a terminal. */
export function printDocument(text: string): void {
  write('stdout', document(text, STDOUT));
}

/** The same on standard error, for commands. */
export function sayDocument(text: string): void {
  write('stderr', document(text, STDERR));
}

/** Lines stay as they are, so that they can be copied. */
const document = (text: string, stream: typeof STDOUT | typeof STDERR): string =>
  isTerminal(stream) ? printable(text) : text;

/** Prints on standard output what may do to a terminal whatever it does. */
export const printRaw = (text: string): void => write('stdout', text);

/** Says something besides the output, on standard error: errors, warnings, notes. */
export function say(text: string): void {
  write('stderr', fit(sanitized(text), columnsOf('stderr')));
}

/** Writes to standard error what may do to a terminal whatever it does. */
export const sayRaw = (text: string): void => write('stderr', text);

type Stream = 'stdout' | 'stderr';

const DESCRIPTORS = { stdout: STDOUT, stderr: STDERR } as const;

/** Nothing more is written to these. */
const failed = new Set<Stream>();
const failure = new AbortController();

/**
 * Aborted when standard output can be written to no more: what goes on until then ends, as at Ctrl-C. Anything else is
 * finished first.
 */
export const outputFailed: AbortSignal = failure.signal;

/** How wide a terminal is. Node's own stream, which knows, takes as long to make as a command takes to work. */
const columnsOf = (stream: Stream): number =>
  isTerminal(DESCRIPTORS[stream]) ? process[stream].columns || Infinity : Infinity;

/** Writes, unless the stream has failed, and returns when all is written. */
function write(stream: Stream, text: string): void {
  let bytes: Uint8Array = Buffer.from(text);
  while (bytes.length > 0 && !failed.has(stream)) {
    try {
      bytes = bytes.subarray(writeSync(DESCRIPTORS[stream], bytes));
    } catch (error) {
      // Somebody who has the other end of a pipe, or the same terminal, has made it one that does not block.
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') pause(10);
      else fail(stream, error as Error);
    }
  }
}

/**
 * A reader that has seen enough, as `head` in a pipe, is no fault, and nothing is said of it; of a full disk one line is
 * said, and the status is 1. Where standard error cannot be written to, the status alone says so.
 */
function fail(stream: Stream, error: NodeJS.ErrnoException): void {
  failed.add(stream);
  if (error.code !== 'EPIPE') {
    process.exitCode ||= EXIT.failed;
    if (stream === 'stdout') say(`netwright: standard output cannot be written: ${error.message}\n`);
  }
  if (stream === 'stdout') failure.abort();
}
