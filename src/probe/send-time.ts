import { monotonic } from '../base/index.ts';
import { libc } from '../ffi/index.ts';

/** When a packet was sent, for comparison with the kernel's receive timestamp of its reply. */
export class SendTime {
  readonly #realtime = libc.realtime();
  readonly #monotonic = monotonic();

  /**
   * The milliseconds until `received`, a time of `libc.realtime`. If the clock was set in between, the milliseconds
   * until now, which include the time since the reply arrived.
   */
  until(received: number): number {
    const elapsed = (received - this.#realtime) / 1000;
    const untilNow = monotonic() - this.#monotonic;
    return elapsed >= 0 && elapsed <= untilNow + 1 ? elapsed : untilNow;
  }
}
