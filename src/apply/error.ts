import { NetwrightError } from '../base/error.ts';

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

/** Another program is changing the lab at this moment. */
export class LockedError extends NetwrightError {
  readonly code = 'ERR_LOCKED';
  readonly pid: number | undefined;

  constructor(lab: string, pid: number | undefined) {
    super(
      `lab "${lab}" is being changed by ${pid === undefined ? 'another process' : `process ${pid}`}; try again when it has finished`,
    );
    this.pid = pid;
  }
}

/** A service that could not be started, or did not become ready. The message ends with the last lines of its log. */
export class ServiceError extends NetwrightError {
  readonly code = 'ERR_SERVICE';
  /** As `NODE/SERVICE`. */
  readonly service: string;

  constructor(service: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.service = service;
  }
}

/** A namespace, link or table of a name that the lab needs belongs to somebody else. */
export class NameTakenError extends NetwrightError {
  readonly code = 'ERR_NAME_TAKEN';
}
