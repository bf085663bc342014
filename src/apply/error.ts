import { NetwrightError } from '../base/index.ts';
import { RUN_DIRECTORY } from '../netns/index.ts';

/** A plan could not be executed completely. `cause` is the error of the kernel or of a system call. */
export class ApplyError extends NetwrightError {
  readonly code = 'ERR_APPLY';
  /** The number of operations that had been executed. */
  readonly done: number;
  /** The number of operations in the plan. */
  readonly total: number;
  /** Whether everything that this run had created was removed again. */
  readonly rolledBack: boolean;

  constructor(message: string, outcome: { done: number; total: number; rolledBack: boolean }, options: ErrorOptions) {
    super(message, options);
    this.done = outcome.done;
    this.total = outcome.total;
    this.rolledBack = outcome.rolledBack;
  }
}

/** The owner of a lock, in words. The lock of the host settings ends with a dot, which no name of a lab does. */
const ownerOf = (lab: string): string => (lab.endsWith('.') ? 'the host settings shared by labs' : `lab "${lab}"`);

/** Another process holds the lock of the lab, since it is changing the lab. */
export class LockedError extends NetwrightError {
  readonly code = 'ERR_LOCKED';
  /** The process that holds the lock, if known. */
  readonly pid: number | undefined;

  constructor(lab: string, pid: number | undefined) {
    super(
      `${ownerOf(lab)} is being changed by ${pid === undefined ? 'another process' : `process ${pid}`}; try again when it has finished`,
    );
    this.pid = pid;
  }
}

/** The lock file of a lab could not be created or opened. */
export class LockFileError extends NetwrightError {
  readonly code = 'ERR_LOCK_FILE';

  constructor(lab: string, cause: Error) {
    super(`the lock of ${ownerOf(lab)} cannot be taken: ${cause.message}; ${RUN_DIRECTORY} must be writable`, {
      cause,
    });
  }
}

/** A service that could not be started, or did not become ready. */
export class ServiceError extends NetwrightError {
  readonly code = 'ERR_SERVICE';
  /** As `NODE/SERVICE`. */
  readonly service: string;
  /** The last lines of its log. */
  readonly log: readonly string[];

  constructor(service: string, message: string, log: readonly string[] = [], options?: ErrorOptions) {
    super(message, options);
    this.service = service;
    this.log = log;
  }
}

/** The end of an error message: the last lines of a service's log, or nothing. */
export const logExcerptOf = (error: unknown): string =>
  error instanceof ServiceError && error.log.length > 0
    ? `\n${error.service} last printed:${error.log.map((line) => `\n  ${line}`).join('')}`
    : '';

/** A namespace, link or table that does not belong to the lab has a name that the lab needs. */
export class NameTakenError extends NetwrightError {
  readonly code = 'ERR_NAME_TAKEN';
}

/** An object still exists although the kernel answered its deletion with "no such object". */
export class StillThereError extends NetwrightError {
  readonly code = 'ERR_STILL_THERE';
}
