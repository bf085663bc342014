import { monotonic } from '../base/index.ts';
import { libc } from '../ffi/index.ts';

/** The moment a packet left, to be compared with the kernel's note of when its answer came. */
export class SendTime {
  readonly #realtime = libc.realtime();
  readonly #monotonic = monotonic();

  /**
   * How long until the moment `received` of `libc.realtime`, in milliseconds. If the clock was set meanwhile, until now:
   * the time since the answer came is in it.
   */
  until(received: number): number {
    const elapsed = (received - this.#realtime) / 1000;
    const most = monotonic() - this.#monotonic;
    return elapsed >= 0 && elapsed <= most + 1 ? elapsed : most;
  }
}
