import { monotonic, pause } from '../../base/index.ts';
import { closeSync, constants as fs, fstatSync, openSync, writeSync } from 'node:fs';
import { getSystemErrorMap } from 'node:util';
import { isatty } from 'node:tty';

/** Bytes that wait for whoever reads too slowly; of more than that no line is kept. */
const WAITING_MAX = 65_536;
/** How often they are tried again, and how long at the end, in milliseconds. */
const AGAIN = 100;
const PATIENCE = 1000;

/**
 * Writes lines to a descriptor of somebody else's, who may close it, have no room left, or not read what is in a pipe.
 * Nothing of that throws, and nothing waits: what cannot be written is counted.
 */
export class LineWriter implements Disposable {
  readonly #fd: number;
  /** A descriptor of this process's own for the same, which does not wait. */
  readonly #opened: number | undefined;
  readonly #close: boolean;
  #waiting = Buffer.alloc(0);
  #timer: NodeJS.Timeout | undefined;
  #lost = 0;
  #failure: string | undefined;

  /** @param options `close`: the descriptor is closed with the writer */
  constructor(fd: number, options: { readonly close?: boolean } = {}) {
    this.#fd = fd;
    this.#close = options.close === true;
    this.#opened = openAgain(fd);
  }

  write(line: string): void {
    if (this.#failure !== undefined) {
      this.#lost++;
      return;
    }
    const bytes = Buffer.from(`${line}\n`);
    if (this.#waiting.length + bytes.length > WAITING_MAX) {
      this.#lost++;
      return;
    }
    this.#waiting = Buffer.concat([this.#waiting, bytes]);
    this.#flush();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      while (this.#waiting.length > 0) {
        const written = writeSync(this.#opened ?? this.#fd, wholeLines(this.#waiting));
        this.#waiting = this.#waiting.subarray(written);
      }
    } catch (error) {
      const { code, errno } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') {
        this.#timer = setTimeout(() => this.#flush(), AGAIN).unref();
        return;
      }
      this.#failure = `${getSystemErrorMap().get(errno ?? 0)?.[1] ?? 'unknown error'} (${code})`;
      this.#drop();
    }
  }

  /** Gives up what waits. */
  #drop(): void {
    this.#lost += this.#waiting.toString('latin1').split('\n').length - 1;
    this.#waiting = Buffer.alloc(0);
  }

  /**
   * Waits a moment for whoever reads, and begins anew.
   * @returns how many lines have not been written, and why; undefined when all have been
   */
  end(): { readonly lost: number; readonly why: string } | undefined {
    const deadline = monotonic() + PATIENCE;
    while (this.#waiting.length > 0 && monotonic() < deadline) {
      pause(5);
      this.#flush();
    }
    this.#drop();
    const lost = this.#lost;
    const why = this.#failure ?? 'the reader has stopped reading';
    this.#lost = 0;
    this.#failure = undefined;
    return lost === 0 ? undefined : { lost, why };
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    for (const fd of [this.#opened, this.#close ? this.#fd : undefined]) {
      try {
        if (fd !== undefined) closeSync(fd);
      } catch {
        // A file of another machine says so late that it has no room: it is lost either way.
      }
    }
  }
}

/** PIPE_BUF: what a pipe takes as a whole or not at all (pipe(7)), so that no other's words come in between. */
const AT_ONCE = 4096;

function wholeLines(bytes: Buffer): Buffer {
  const end = bytes.lastIndexOf('\n', AT_ONCE - 1) + 1;
  return bytes.subarray(0, end === 0 ? bytes.length : end);
}

/**
 * Opens a pipe or a terminal once more, to write without waiting: whether its descriptor waits is not this process's to
 * change, since others have the same. Undefined where there is no need, or it cannot be had.
 */
function openAgain(fd: number): number | undefined {
  if (!fstatSync(fd).isFIFO() && !isatty(fd)) return undefined;
  try {
    return openSync(`/proc/self/fd/${fd}`, fs.O_WRONLY | fs.O_NONBLOCK | fs.O_NOCTTY);
  } catch {
    // It belongs to another user, or the reader has stopped reading any more.
    return undefined;
  }
}
