import { EPOLLIN, libc } from '../ffi/index.ts';

type Handler = (events: number) => void;

/** Calls handlers when their descriptors are ready (epoll(7)). */
export class Reactor {
  readonly #epoll = libc.epollCreate();
  /** Handlers by token, not by descriptor: a late event of a closed descriptor then has no handler. */
  readonly #handlers = new Map<number, Handler>();
  #token = 0;

  /** Watches a descriptor. Returns a function that stops this and closes the descriptor. */
  watch(fd: number, handler: Handler, events = EPOLLIN): () => void {
    const token = (this.#token = (this.#token + 1) >>> 0);
    libc.epollAdd(this.#epoll, fd, events, token);
    this.#handlers.set(token, handler);
    return () => {
      if (this.#handlers.delete(token)) libc.close(fd);
    };
  }

  /** Waits up to `timeout` milliseconds for events, and calls their handlers. */
  turn(timeout: number): void {
    const visit = (token: number, events: number): void => this.#handlers.get(token)?.(events);
    let wait = timeout;
    while (libc.epollWait(this.#epoll, wait, visit) === 256) wait = 0;
  }

  close(): void {
    libc.close(this.#epoll);
  }
}
