import { EPOLLIN, libc } from '../ffi/index.ts';

type Handler = (events: number) => void;

/** Tells who waits for a descriptor that it is ready. */
export class Reactor {
  readonly #epoll = libc.epollCreate();
  /** By token, not by descriptor: an event that was under way when its descriptor closed finds nobody. */
  readonly #handlers = new Map<number, Handler>();
  #token = 0;

  /** Watches a descriptor until it is closed through the function that this returns. */
  watch(fd: number, handler: Handler, events = EPOLLIN): () => void {
    const token = (this.#token = (this.#token + 1) >>> 0);
    libc.epollAdd(this.#epoll, fd, events, token);
    this.#handlers.set(token, handler);
    return () => {
      if (this.#handlers.delete(token)) libc.close(fd);
    };
  }

  /** Waits up to `timeout` milliseconds for events, and handles those there are. */
  turn(timeout: number): void {
    const visit = (token: number, events: number): void => this.#handlers.get(token)?.(events);
    let wait = timeout;
    while (libc.epollWait(this.#epoll, wait, visit) === 256) wait = 0;
  }

  close(): void {
    libc.close(this.#epoll);
  }
}
