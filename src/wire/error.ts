import { NetwrightError } from '../base/index.ts';

/** Bytes that do not match their schema: too short, too long, or with a length that exceeds the rest of the buffer. */
export class DecodeError extends NetwrightError {
  readonly code = 'ERR_DECODE';
  /** What could not be decoded: the name of a codec, or a part of a message. */
  readonly what: string;
  /** The offset in the buffer, in bytes. */
  readonly offset: number;

  constructor(what: string, offset: number, problem: string) {
    super(`cannot decode ${what} at byte ${offset}: ${problem}`);
    this.what = what;
    this.offset = offset;
  }
}

/** A value that does not fit its schema: a number out of range, or a string too long. */
export class EncodeError extends NetwrightError {
  readonly code = 'ERR_ENCODE';

  constructor(what: string, problem: string) {
    super(`cannot encode ${what}: ${problem}`);
  }
}
