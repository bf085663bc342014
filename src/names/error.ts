import { NetwrightError } from '../base/index.ts';

/**
 * A name that has no address. The codes are those of getaddrinfo(3) as Node gives them: `ENOTFOUND` when it is certain
 * that there is none, `EAI_AGAIN` when nobody who could know has answered.
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
