import { NetwrightError } from '../base/index.ts';

/** Bytes that are not what their schema says: cut short, too long, or a length that points outside. */
export class DecodeError extends NetwrightError {
  readonly code = 'ERR_DECODE';
  /** What was being read. */
  readonly what: string;
  /** Where in the buffer, in bytes. */
  readonly offset: number;

  constructor(what: string, offset: number, problem: string) {
    super(`cannot decode ${what} at byte ${offset}: ${problem}`);
    this.what = what;
    this.offset = offset;
  }
}

/** A value that does not fit its schema: a number out of range, a string too long. */
export class EncodeError extends NetwrightError {
  readonly code = 'ERR_ENCODE';

  constructor(what: string, problem: string) {
    super(`cannot encode ${what}: ${problem}`);
  }
}
