import { NetwrightError } from '../base/index.ts';

/** A lab's link to the host is in another network namespace than this process. */
export class OtherNamespaceError extends NetwrightError {
  readonly code = 'ERR_OTHER_NAMESPACE';
}
