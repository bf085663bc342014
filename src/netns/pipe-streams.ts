import { readSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { Readable, Writable } from 'node:stream';
import { callbackify } from 'node:util';
import { isBun } from '../base/index.ts';
import { libc, POLLOUT } from '../ffi/index.ts';
import { watchReady, untilReady } from '../netlink/index.ts';

/*
 * The ends of pipes as streams. Bun ignores the `fd` of `new net.Socket({ fd })`, so nothing is read from it
 * (findings/bun-ignores-the-descriptor-of-a-socket.sh). Its own API reads from a duplicate, which it closes at some later
 * time. With Bun, read(2) and write(2) are called when poll(2) reports that they do not block.
 */

/** The default capacity of a pipe (pipe(7)). */
const READ_SIZE = 65_536;
/** A writable pipe accepts this much without blocking (PIPE_BUF, pipe(7)). */
const WRITE_SIZE = 4096;

/** A stream for the read end of a pipe, which it closes when it ends or is destroyed. */
export function readableOf(fd: number): Readable {
  if (!isBun) return new Socket({ fd, readable: true, writable: false });
  let stop: (() => Promise<void>) | undefined;
  let stopped = Promise.resolve();
  const pause = (): void => {
    if (stop !== undefined) stopped = stop();
    stop = undefined;
  };
  const receive = (stream: Readable): void => {
    try {
      const bytes = Buffer.allocUnsafe(READ_SIZE);
      const length = readSync(fd, bytes);
      if (!stream.push(length === 0 ? null : bytes.subarray(0, length))) pause();
    } catch (error) {
      stream.destroy(error as Error);
    }
  };
  const close = callbackify(async () => {
    pause();
    await stopped;
    libc.close(fd);
  });
  return new Readable({
    read() {
      stop ??= watchReady(fd, () => receive(this));
    },
    destroy: (error, callback) => close(() => callback(error)),
  });
}

/** A stream for the write end of a pipe, which it closes when it ends or is destroyed. */
export function writableOf(fd: number): Writable {
  if (!isBun) return new Socket({ fd, readable: false, writable: true });
  const closing = new AbortController();
  let written: Promise<void> = Promise.resolve();
  const writeAll = async (bytes: Uint8Array): Promise<void> => {
    for (let at = 0; at < bytes.length;) {
      await untilReady(fd, POLLOUT, closing.signal);
      if (closing.signal.aborted) return;
      at += writeSync(fd, bytes, at, Math.min(WRITE_SIZE, bytes.length - at));
    }
  };
  const write = callbackify((bytes: Uint8Array) => (written = writeAll(bytes)));
  const close = callbackify(async () => {
    closing.abort();
    await Promise.allSettled([written]);
    libc.close(fd);
  });
  return new Writable({
    write: (bytes: Uint8Array, _, callback) => write(bytes, callback),
    destroy: (error, callback) => close(() => callback(error)),
  });
}
