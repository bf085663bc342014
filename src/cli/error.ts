import { NetwrightError } from '../base/index.ts';

/** An error with an exit status of its own. */
export class ExitError extends NetwrightError {
  readonly code: string;
  readonly exitCode: number;

  constructor(message: string, code: string, exitCode: number, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.exitCode = exitCode;
  }
}
