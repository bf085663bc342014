/** The default timeouts of `ready` in milliseconds: in general, and for `exit`. */
export const READY_TIMEOUT = 10_000;
export const EXIT_TIMEOUT = 60_000;

/** The default and the maximum of `stop.timeout` in milliseconds: the time until SIGKILL. */
export const STOP_TIMEOUT = 2000;
export const MAX_STOP_TIMEOUT = 600_000;
