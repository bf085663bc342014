/**
 * The base class of Netwright's errors.
 *
 * `code` is stable and for programs. `message` is for people: it says which operation failed, on what, and what to do
 * about it.
 */
export abstract class NetwrightError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The kernel or the user lacks a capability. `remedy` says how to get it. */
export class CapabilityError extends NetwrightError {
  readonly code = 'ERR_CAPABILITY';
  readonly remedy: string;

  constructor(lacking: string, remedy: string, options?: ErrorOptions) {
    super(`${lacking}; ${remedy}`, options);
    this.remedy = remedy;
  }
}

/** A call is invalid: a mistake of the caller, not of the machine. */
export class UsageError extends NetwrightError {
  readonly code = 'ERR_USAGE';
}

/** A caller's AbortSignal ended the operation. `cause` is the reason of the signal. Named as in node:child_process. */
export class AbortError extends NetwrightError {
  readonly code = 'ABORT_ERR';

  constructor(reason: unknown) {
    super('the operation was aborted', { cause: reason });
  }
}
