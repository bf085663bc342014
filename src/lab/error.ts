import { NetwrightError } from '../base/error.ts';

/** A port of the host's that a lab is to publish belongs to somebody else. */
export class PortTakenError extends NetwrightError {
  readonly code = 'ERR_PORT_TAKEN';
}

/** A lab or node that does not exist. */
export class NotFoundError extends NetwrightError {
  readonly code = 'ERR_NOT_FOUND';
}

/** A table of Netwright's that says no longer what it was made from. */
export const changedByHand = (table: string, namespace: string): NotFoundError =>
  new NotFoundError(
    `the table inet ${table} of ${namespace} was changed by hand; \`netwright up\` makes it what it was`,
  );

/** A lab's link to the host is in another network namespace than the one that this process takes for the host's. */
export class OtherNamespaceError extends NetwrightError {
  readonly code = 'ERR_OTHER_NAMESPACE';
}
