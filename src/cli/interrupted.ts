import { ExitError } from './error.ts';
import { EXIT } from './exit.ts';

/** Runs something that can be called off, and calls it off at Ctrl-C or SIGTERM. A second one ends the process. */
export async function interruptible<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = (signal: NodeJS.Signals): void => {
    stopListening();
    controller.abort(
      signal === 'SIGINT'
        ? new ExitError('interrupted', 'ERR_INTERRUPTED', EXIT.interrupted)
        : new ExitError(`ended by ${signal}`, 'ERR_INTERRUPTED', EXIT.terminated),
    );
  };
  const stopListening = (): void => {
    process.off('SIGINT', abort);
    process.off('SIGTERM', abort);
  };
  process.on('SIGINT', abort);
  process.on('SIGTERM', abort);
  try {
    return await run(controller.signal);
  } finally {
    stopListening();
  }
}
