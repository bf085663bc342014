import { NetwrightError } from '../base/index.ts';
import { errnoName, explainErrno } from '../ffi/index.ts';

/** The parts of a {@link NetlinkError}. */
export interface NetlinkFailure {
  /** The requested operation: `create link eth0`. */
  readonly operation: string;
  /** Positive errno, or 0 when the error is not from the kernel. */
  readonly errno: number;
  /** The kernel's error message (NLMSGERR_ATTR_MSG). */
  readonly kernelMessage?: string;
  /** The attribute that the kernel refused: `link.name`. */
  readonly attribute?: string;
  /** The index of the failed message in its batch, from 0. */
  readonly index?: number;
}

/** The kernel refused a netlink message. */
export class NetlinkError extends NetwrightError {
  /** The errno's name: `EEXIST`. */
  readonly code: string;
  readonly operation: string;
  readonly errno: number;
  readonly kernelMessage: string | undefined;
  readonly attribute: string | undefined;
  readonly index: number | undefined;

  constructor(failure: NetlinkFailure, options?: ErrorOptions) {
    const message = failure.kernelMessage === undefined ? '' : `: the kernel says "${failure.kernelMessage}"`;
    const at = failure.attribute === undefined ? '' : ` (at ${failure.attribute})`;
    super(`cannot ${failure.operation}: ${explainErrno(failure.errno)}${message}${at}`, options);
    this.code = errnoName(failure.errno);
    this.operation = failure.operation;
    this.errno = failure.errno;
    this.kernelMessage = failure.kernelMessage;
    this.attribute = failure.attribute;
    this.index = failure.index;
  }
}

/** The kernel's tables changed during every attempt of a dump (NLM_F_DUMP_INTR). */
export class DumpInterruptedError extends NetwrightError {
  readonly code = 'ERR_DUMP_INTERRUPTED';

  constructor(operation: string, attempts: number) {
    super(`cannot ${operation}: the kernel's tables changed during each of ${attempts} attempts; try again`);
  }
}
