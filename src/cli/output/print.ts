import { EXIT } from '../exit.ts';

type Stream = 'stdout' | 'stderr';

const NAMES: Readonly<Record<Stream, string>> = { stdout: 'standard output', stderr: 'standard error' };

/** Whether each is listened to by now, and whether it has failed: nothing more is written to it then. */
const states = new Map<Stream, 'listening' | 'failed'>();
const failure = new AbortController();

/**
 * Aborted when standard output can be written to no more: what goes on until then ends, as at Ctrl-C. Anything else is
 * finished first.
 */
export const outputFailed: AbortSignal = failure.signal;

/**
 * Prints on standard output. A reader that has seen enough, as `head` in a pipe, is no fault, and nothing is said of it; of a
 * full disk one line is said, and the status is 1.
 */
export const print = (text: string): void => write('stdout', text);

/** Tells the user something on standard error. Where that cannot be written to, the status alone says so. */
export const tell = (text: string): void => write('stderr', text);

function write(stream: Stream, text: string): void {
  const state = states.get(stream);
  if (state === 'failed') return;
  try {
    if (state === undefined) {
      states.set(stream, 'listening');
      process[stream].on('error', (error: Error) => fail(stream, error));
    }
    process[stream].write(text);
  } catch (error) {
    fail(stream, error as Error);
  }
}

function fail(stream: Stream, error: NodeJS.ErrnoException): void {
  if (states.get(stream) === 'failed') return;
  states.set(stream, 'failed');
  if (error.code !== 'EPIPE') {
    process.exitCode ??= EXIT.failed;
    if (process.exitCode === EXIT.ok) process.exitCode = EXIT.failed;
    if (stream === 'stdout') tell(`netwright: ${NAMES[stream]} cannot be written: ${error.message}\n`);
  }
  if (stream === 'stdout') failure.abort();
}
