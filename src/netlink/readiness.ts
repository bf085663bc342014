import { readSync, writeSync } from 'node:fs';
import { libc, POLLIN } from '../ffi/index.ts';

/*
 * Node's event loop does not poll netlink sockets. One thread of libuv's pool polls the sockets of all listeners. An
 * eventfd in the same poll(2) wakes the thread when the set of listeners changes.
 */

/** The timeout of one poll(2), in milliseconds. The process cannot exit before it returns: 'exit' wakes the thread. */
const WAIT = 1000;

interface Listener {
  readonly fd: number;
  readonly events: number;
  readonly onReady: () => void;
}

const listeners = new Set<Listener>();
let wake: number | undefined;
let loop: Promise<void> | undefined;
/** Resolves when the current poll(2) has returned. */
let currentPoll: Promise<unknown> = Promise.resolve();

/**
 * Calls `onReady` from the event loop while a descriptor is ready (level-triggered).
 * @param onReady must read all data, or it is called again, and must not throw
 * @param events what to wait for (poll(2)); by default {@link POLLIN}
 * @returns a function that stops this; close the descriptor only when its promise has resolved
 */
export function watchReady(fd: number, onReady: () => void, events = POLLIN): () => Promise<void> {
  const listener: Listener = { fd, events, onReady };
  listeners.add(listener);
  start();
  return async () => {
    if (!listeners.delete(listener)) return;
    interrupt();
    await (listeners.size === 0 ? loop : currentPoll);
  };
}

/** Resolves when a descriptor is ready for `events` (poll(2)), has an error, or the signal has aborted; then it can be closed. */
export function untilReady(fd: number, events: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      signal?.removeEventListener('abort', finish);
      resolve(stop());
    };
    const stop = watchReady(fd, finish, events);
    signal?.addEventListener('abort', finish, { once: true });
    if (signal?.aborted === true) finish();
  });
}

function start(): void {
  if (loop !== undefined) {
    interrupt();
    return;
  }
  wake = libc.eventfd();
  process.on('exit', interrupt);
  loop = run(wake).finally(() => {
    process.off('exit', interrupt);
    libc.close(wake!);
    wake = undefined;
    loop = undefined;
    // A listener was added after the last poll(2).
    if (listeners.size > 0) start();
  });
}

const ONE = new Uint8Array(new BigUint64Array([1n]).buffer);
const COUNT = new Uint8Array(8);

const interrupt = (): void => {
  if (wake !== undefined) writeSync(wake, ONE);
};

async function run(wakeFd: number): Promise<void> {
  while (listeners.size > 0) {
    const polled = [...listeners];
    const poll = libc.pollAsync([{ fd: wakeFd, events: POLLIN }, ...polled], WAIT);
    currentPoll = poll;
    const [woken, ...revents] = await poll;
    if (woken !== 0) readSync(wakeFd, COUNT);
    polled.forEach((listener, i) => {
      // A listener called earlier in this loop may have stopped this one.
      if (revents[i] !== 0 && listeners.has(listener)) listener.onReady();
    });
  }
}
