import { NetwrightError } from '../base/index.ts';

/** A text is not a valid IP address, prefix or MAC address. */
export class AddressError extends NetwrightError {
  readonly code = 'ERR_ADDRESS';
}
