import { writeSync } from 'node:fs';
import { STDOUT } from './style.ts';

/**
 * Prints on standard output. A reader that has seen enough, as `head` in a pipe, is no fault: the process ends. (Node's own
 * stream takes as long to make as a command takes to work.)
 */
export function print(text: string): void {
  let bytes: Uint8Array = Buffer.from(text);
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(STDOUT, bytes));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') process.exit();
      if (code !== 'EAGAIN') throw error;
      // Somebody who has the other end of a pipe, or the same terminal, has made it one that does not block.
      pause(10);
    }
  }
}

/** Holds everything up for so many milliseconds. */
const pause = (milliseconds: number): void =>
  void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
