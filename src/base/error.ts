/**
 * The root of every error Netwright throws on purpose.
 *
 * `code` is stable and meant for programs; `message` is meant for people and says what was being done, to what, and
 * what to do about it.
 */
export abstract class NetwrightError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A capability that the kernel or the user lacks. `remedy` says how to get it. */
export class CapabilityError extends NetwrightError {
  readonly code = 'ERR_CAPABILITY';
  readonly remedy: string;

  constructor(lacking: string, remedy: string, options?: ErrorOptions) {
    super(`${lacking}; ${remedy}`, options);
    this.remedy = remedy;
  }
}

/** A call that cannot be carried out as written: the caller's mistake, not the machine's. */
export class UsageError extends NetwrightError {
  readonly code = 'ERR_USAGE';
}

/** What a caller's AbortSignal put an end to; `cause` is the signal's reason. Named as that of node:child_process. */
export class AbortError extends NetwrightError {
  readonly code = 'ABORT_ERR';

  constructor(reason: unknown) {
    super('the operation was aborted', { cause: reason });
  }
}
