/** How long a service may take until it is ready, unless it says otherwise; until it has ended, where that is it. Milliseconds. */
export const READY_TIMEOUT = 10_000;
export const EXIT_TIMEOUT = 60_000;

/** How long a service has to end before SIGKILL, unless it says otherwise; the most it may say. Milliseconds. */
export const STOP_TIMEOUT = 2000;
export const MAX_STOP_TIMEOUT = 600_000;
