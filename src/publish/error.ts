import { NetwrightError } from '../base/index.ts';

/** A host port that a lab is to publish is used by a program on the host, or by another lab. */
export class PortTakenError extends NetwrightError {
  readonly code = 'ERR_PORT_TAKEN';
}
