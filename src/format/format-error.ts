import { NetwrightError } from '../base/index.ts';

/** A text has an invalid format, such as that of a route or a duration. Reported as part of a TopologyError. */
export class FormatError extends NetwrightError {
  readonly code = 'ERR_FORMAT';
}
