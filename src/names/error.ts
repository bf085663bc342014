import { NetwrightError } from '../base/index.ts';

/**
 * Thrown when a name cannot be resolved. The codes are those that Node reports for getaddrinfo(3): `ENOTFOUND` if the
 * name has no address, `EAI_AGAIN` if no name server answered.
 */
export class NameError extends NetwrightError {
  readonly code: 'ENOTFOUND' | 'EAI_AGAIN';
  readonly syscall = 'getaddrinfo';
  readonly hostname: string;

  constructor(code: 'ENOTFOUND' | 'EAI_AGAIN', hostname: string, reason: string, options?: ErrorOptions) {
    super(`getaddrinfo ${code} ${hostname}: ${reason}`, options);
    this.code = code;
    this.hostname = hostname;
  }
}
