import { setImmediate } from 'node:timers/promises';
import { EPOLLIN } from '../../../src/ffi/index.ts';
import { Reactor } from '../../../src/probe/reactor.ts';

/** All sockets of a measurement, in whatever namespaces, and those who wait for something to happen to them. */
export class World implements Disposable {
  readonly #reactor = new Reactor();
  readonly #closers = new Set<() => void>();

  /** Watches a descriptor, which is closed through what this returns, or at the end. */
  watch(fd: number, handler: (events: number) => void, events = EPOLLIN): () => void {
    const close = this.#reactor.watch(fd, handler, events);
    const once = (): void => {
      this.#closers.delete(once);
      close();
    };
    this.#closers.add(once);
    return once;
  }

  /** Resolves as soon as something holds, or, to false, when it does not within some milliseconds. */
  async until(holds: () => boolean, milliseconds: number): Promise<boolean> {
    const end = performance.now() + milliseconds;
    for (;;) {
      this.#reactor.turn(1);
      if (holds()) return true;
      if (performance.now() > end) return false;
      await setImmediate();
    }
  }

  [Symbol.dispose](): void {
    for (const close of this.#closers) close();
    this.#reactor.close();
  }
}
