import { NetwrightError } from '../base/index.ts';

/** Bytes that are no DNS message, or a name that cannot be in one. */
export class DnsError extends NetwrightError {
  readonly code = 'ERR_DNS';
}
