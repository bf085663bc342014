import { NetwrightError } from '../base/index.ts';
import { errnoName, explainErrno } from '../ffi/index.ts';

/** What the kernel has refused, and why. */
export interface NetlinkFailure {
  /** What was asked for: `create link eth0`. */
  readonly operation: string;
  /** Positive errno, or 0 when the failure is not the kernel's answer. */
  readonly errno: number;
  /** The kernel's own words (NLMSGERR_ATTR_MSG). */
  readonly kernelMessage?: string;
  /** The attribute the kernel objects to: `link.name`. */
  readonly attribute?: string;
  /** The number of the failed message in its batch, from 0. */
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
    const said = failure.kernelMessage === undefined ? '' : `: the kernel says "${failure.kernelMessage}"`;
    const at = failure.attribute === undefined ? '' : ` (at ${failure.attribute})`;
    super(`cannot ${failure.operation}: ${explainErrno(failure.errno)}${said}${at}`, options);
    this.code = errnoName(failure.errno);
    this.operation = failure.operation;
    this.errno = failure.errno;
    this.kernelMessage = failure.kernelMessage;
    this.attribute = failure.attribute;
    this.index = failure.index;
  }
}

/** A dump that the kernel's tables changed under, more often than is worth retrying (NLM_F_DUMP_INTR). */
export class DumpInterruptedError extends NetwrightError {
  readonly code = 'ERR_DUMP_INTERRUPTED';

  constructor(operation: string, attempts: number) {
    super(`cannot ${operation}: the kernel's tables changed during each of ${attempts} attempts; try again`);
  }
}
