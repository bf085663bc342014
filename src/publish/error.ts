import { NetwrightError } from '../base/index.ts';

/** A port of the host's that a lab is to publish belongs to somebody else. */
export class PortTakenError extends NetwrightError {
  readonly code = 'ERR_PORT_TAKEN';
}
