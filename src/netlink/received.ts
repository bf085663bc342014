/** A message in the receive buffer: valid until the next receive. */
export interface Received {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** The payload is `[start, end)` of the buffer. */
  readonly start: number;
  readonly end: number;
}
