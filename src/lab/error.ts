import { NetwrightError } from '../base/error.ts';

/** A lab or node that does not exist. */
export class NotFoundError extends NetwrightError {
  readonly code = 'ERR_NOT_FOUND';
}
