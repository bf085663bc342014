import type { Pins } from '../../netns/index.ts';
import type { AwaitService, StartService, StopService } from '../../plan/index.ts';
import { awaitService, type Started } from '../services/ready.ts';
import { serviceKey, startService } from '../services/start.ts';
import { stopService } from '../services/stop.ts';

/** Carries out what concerns services, and knows those that it has started. */
export class ServiceRunner {
  readonly #pins: Pins;
  readonly #signal: AbortSignal | undefined;
  readonly #started = new Map<string, Started>();

  constructor(pins: Pins, signal: AbortSignal | undefined) {
    this.#pins = pins;
    this.#signal = signal;
  }

  async execute({ op, namespace, name, service }: StartService | AwaitService | StopService): Promise<void> {
    const key = serviceKey(this.#pins, namespace, name);
    switch (op) {
      case 'start-service':
        this.#started.set(key, {
          child: await startService(this.#pins, namespace, name, service),
          at: performance.now(),
        });
        break;
      case 'await-service':
        await awaitService(this.#pins, namespace, name, service, this.#started.get(key), this.#signal);
        break;
      default:
        await stopService(this.#pins, namespace, name);
    }
  }
}
