import { monotonic, pause } from '../../base/index.ts';
import { closeSync, constants as fs, fstatSync, openSync, writeSync } from 'node:fs';
import { getSystemErrorMap } from 'node:util';
import { isatty } from 'node:tty';

/** The size of the buffer for a slow reader, in bytes. Lines that do not fit are lost. */
const MAX_BUFFERED = 65_536;
/** How often to retry, in milliseconds. */
const RETRY_DELAY = 100;
/** How long `end()` retries, in milliseconds. */
const END_TIMEOUT = 1000;

/**
 * Writes lines to a descriptor whose other end can be closed, full, or read too slowly. Never throws and never blocks:
 * lines that cannot be written are counted.
 */
export class LineWriter implements Disposable {
  readonly #fd: number;
  /** A non-blocking descriptor of this process's own for the same pipe or terminal. */
  readonly #opened: number | undefined;
  readonly #close: boolean;
  #buffered = Buffer.alloc(0);
  #timer: NodeJS.Timeout | undefined;
  #lost = 0;
  #failure: string | undefined;

  /** @param options `close`: whether to close the descriptor with the writer */
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
    if (this.#buffered.length + bytes.length > MAX_BUFFERED) {
      this.#lost++;
      return;
    }
    this.#buffered = Buffer.concat([this.#buffered, bytes]);
    this.#flush();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      while (this.#buffered.length > 0) {
        const written = writeSync(this.#opened ?? this.#fd, wholeLines(this.#buffered));
        this.#buffered = this.#buffered.subarray(written);
      }
    } catch (error) {
      const { code, errno } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') {
        this.#timer = setTimeout(() => this.#flush(), RETRY_DELAY).unref();
        return;
      }
      this.#failure = `${getSystemErrorMap().get(errno ?? 0)?.[1] ?? 'unknown error'} (${code})`;
      this.#drop();
    }
  }

  /** Discards the buffer, and counts its lines as lost. */
  #drop(): void {
    this.#lost += this.#buffered.toString('latin1').split('\n').length - 1;
    this.#buffered = Buffer.alloc(0);
  }

  /**
   * Retries for up to 1 s, then resets the writer.
   * @returns how many lines were lost, and why; undefined if none was
   */
  end(): { readonly lost: number; readonly why: string } | undefined {
    const deadline = monotonic() + END_TIMEOUT;
    while (this.#buffered.length > 0 && monotonic() < deadline) {
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
        // A network file system can report only now that it is full: the data are lost in any case.
      }
    }
  }
}

/**
 * PIPE_BUF: a pipe accepts up to this many bytes atomically (pipe(7)), without output of other processes in between.
 */
const PIPE_BUF = 4096;

/** As many whole lines as fit in PIPE_BUF; all bytes if the first line is longer. */
function wholeLines(bytes: Buffer): Buffer {
  const end = bytes.lastIndexOf('\n', PIPE_BUF - 1) + 1;
  return bytes.subarray(0, end === 0 ? bytes.length : end);
}

/**
 * Opens a pipe or terminal again with O_NONBLOCK. The flag must not be set on the given descriptor, since other
 * processes share its open file description. Undefined for other files, and if it cannot be opened.
 */
function openAgain(fd: number): number | undefined {
  if (!fstatSync(fd).isFIFO() && !isatty(fd)) return undefined;
  try {
    return openSync(`/proc/self/fd/${fd}`, fs.O_WRONLY | fs.O_NONBLOCK | fs.O_NOCTTY);
  } catch {
    // It belongs to another user (EACCES), or no process has the pipe open for reading (ENXIO).
    return undefined;
  }
}
