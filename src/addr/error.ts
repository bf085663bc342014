import { NetwrightError } from '../base/index.ts';

/** A text that is not the address, prefix or MAC address it should be. */
export class AddressError extends NetwrightError {
  readonly code = 'ERR_ADDRESS';
}
