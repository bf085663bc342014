/** One message as it stands in the receive buffer: valid until the next receive. */
export interface Received {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** The payload's range in the socket's buffer. */
  readonly start: number;
  readonly end: number;
}
