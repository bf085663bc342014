import { NetwrightError } from '../base/index.ts';

/** A text that does not have the form it should, such as a route or a duration. Reported as part of a TopologyError. */
export class FormatError extends NetwrightError {
  readonly code = 'ERR_FORMAT';
}
