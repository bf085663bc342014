import { ExitError } from './error.ts';
import { EXIT } from './exit.ts';
import { outputFailed } from './output/index.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Returns a signal that aborts on SIGINT, SIGTERM or SIGHUP, and when standard output fails: for commands that run
 * until then. A second SIGINT, SIGTERM or SIGHUP ends the process.
 */
export function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  for (const signal of SIGNALS) process.once(signal, () => controller.abort());
  if (outputFailed.aborted) controller.abort();
  else outputFailed.addEventListener('abort', () => controller.abort(), { once: true });
  return controller.signal;
}

/** Aborts `run` on SIGINT, SIGTERM or SIGHUP. A second one ends the process. */
export async function interruptible<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = (signal: NodeJS.Signals): void => {
    stopListening();
    controller.abort(
      signal === 'SIGINT'
        ? new ExitError('interrupted', 'ERR_INTERRUPTED', EXIT.interrupted)
        : new ExitError(`ended by ${signal}`, 'ERR_INTERRUPTED', signal === 'SIGHUP' ? EXIT.hungUp : EXIT.terminated),
    );
  };
  const stopListening = (): void => {
    for (const signal of SIGNALS) process.off(signal, abort);
  };
  for (const signal of SIGNALS) process.on(signal, abort);
  try {
    return await run(controller.signal);
  } finally {
    stopListening();
  }
}
