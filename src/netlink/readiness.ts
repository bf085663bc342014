import { readSync, writeSync } from 'node:fs';
import { libc, POLLIN } from '../ffi/index.ts';

/*
 * Node's event loop takes no netlink socket. One thread of the pool waits for all of those that are listened to,
 * however many listeners there are, and an eventfd among them wakes it when their set changes.
 */

/** How long one wait may last, in milliseconds. A process cannot exit before it is over, and so ends it when it exits. */
const WAIT = 1000;

interface Listener {
  readonly fd: number;
  readonly events: number;
  readonly onReady: () => void;
}

const listeners = new Set<Listener>();
let wake: number | undefined;
let loop: Promise<void> | undefined;
/** Resolved when the wait that is under way has returned. */
let round: Promise<unknown> = Promise.resolve();

/**
 * Calls `onReady`, from the event loop, whenever a descriptor has something to read, until it is told to stop. What is
 * there to read must be read: while something is left it is called again and again. It must not throw.
 * @param events what to wait for instead of {@link POLLIN} (poll(2))
 * @returns stops it; the descriptor may be closed once that has resolved, and not before
 */
export function listen(fd: number, onReady: () => void, events = POLLIN): () => Promise<void> {
  const listener: Listener = { fd, events, onReady };
  listeners.add(listener);
  start();
  return async () => {
    if (!listeners.delete(listener)) return;
    interrupt();
    await (listeners.size === 0 ? loop : round);
  };
}

/** Waits until a descriptor has what `events` says (poll(2)), an error, or the signal has aborted. It can be closed then. */
export function untilReady(fd: number, events: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      signal?.removeEventListener('abort', finish);
      resolve(stop());
    };
    const stop = listen(fd, finish, events);
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
    // Somebody may have begun to listen after the last wait.
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
    const waiting = [...listeners];
    const wait = libc.pollAsync([{ fd: wakeFd, events: POLLIN }, ...waiting], WAIT);
    round = wait;
    const [woken, ...revents] = await wait;
    if (woken !== 0) readSync(wakeFd, COUNT);
    waiting.forEach((listener, i) => {
      // One that was called before may have stopped others.
      if (revents[i] !== 0 && listeners.has(listener)) listener.onReady();
    });
  }
}
