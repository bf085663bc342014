import { NetwrightError } from '../base/index.ts';

/** Thrown for bytes that are not a valid DNS message, and for a name that cannot be encoded in one. */
export class DnsError extends NetwrightError {
  readonly code = 'ERR_DNS';
}
