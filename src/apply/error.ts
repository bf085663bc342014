import { NetwrightError } from '../base/index.ts';
import { RUN_DIRECTORY } from '../netns/index.ts';

/** A plan that could not be carried out to its end. `cause` is what the kernel or the system said. */
export class ApplyError extends NetwrightError {
  readonly code = 'ERR_APPLY';
  /** How many operations of the plan had been carried out. */
  readonly done: number;
  readonly total: number;
  /** Whether what this run had made was removed again. */
  readonly rolledBack: boolean;

  constructor(message: string, outcome: { done: number; total: number; rolledBack: boolean }, options: ErrorOptions) {
    super(message, options);
    this.done = outcome.done;
    this.total = outcome.total;
    this.rolledBack = outcome.rolledBack;
  }
}

/** Whose a lock is: no lab's name ends with a dot, and the host settings shared by labs has one that does. */
const ownerOf = (lab: string): string => (lab.endsWith('.') ? 'the host settings shared by labs' : `lab "${lab}"`);

/** Another program is changing the lab at this moment. */
export class LockedError extends NetwrightError {
  readonly code = 'ERR_LOCKED';
  readonly pid: number | undefined;

  constructor(lab: string, pid: number | undefined) {
    super(
      `${ownerOf(lab)} is being changed by ${pid === undefined ? 'another process' : `process ${pid}`}; try again when it has finished`,
    );
    this.pid = pid;
  }
}

/** The file of a lab's lock could not be made or opened. */
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
  /** The last lines that it has printed. */
  readonly log: readonly string[];

  constructor(service: string, message: string, log: readonly string[] = [], options?: ErrorOptions) {
    super(message, options);
    this.service = service;
    this.log = log;
  }
}

/** What a message about an error ends with: a service's log. */
export const epilogueOf = (error: unknown): string =>
  error instanceof ServiceError && error.log.length > 0
    ? `\n${error.service} last printed:${error.log.map((line) => `\n  ${line}`).join('')}`
    : '';

/** A namespace, link or table of a name that the lab needs belongs to somebody else. */
export class NameTakenError extends NetwrightError {
  readonly code = 'ERR_NAME_TAKEN';
}

/** Something that was to be deleted is still there, though the kernel said that there was none. */
export class StillThereError extends NetwrightError {
  readonly code = 'ERR_STILL_THERE';
}
