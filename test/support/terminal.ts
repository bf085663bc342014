import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** A shell at a terminal of its own, which is typed at. */
export class Terminal implements Disposable {
  readonly #process: ChildProcess;
  #shown = '';

  constructor(command: string) {
    this.#process = spawn('script', ['-qec', command, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      // Whatever the machine's is: dash, interrupted with what it waits for, does not end with that one's status.
      env: { ...process.env, SHELL: '/bin/bash' },
    });
    this.#process.stdout!.on('data', (chunk: Buffer) => (this.#shown += chunk.toString()));
  }

  type(text: string): void {
    this.#process.stdin!.write(text);
  }

  /** Waits until it has shown something since the last time. */
  async until(pattern: RegExp): Promise<string> {
    const deadline = performance.now() + 20_000;
    for (;;) {
      const found = pattern.exec(this.#shown);
      if (found !== null) {
        this.#shown = this.#shown.slice(found.index + found[0].length);
        return found[0];
      }
      assert.ok(performance.now() < deadline, `${pattern} did not come:\n${this.#shown}`);
      await sleep(10);
    }
  }

  [Symbol.dispose](): void {
    this.#process.kill();
  }

  async status(): Promise<number | null> {
    this.#process.stdin!.end();
    if (this.#process.exitCode === null) await once(this.#process, 'exit');
    return this.#process.exitCode;
  }
}
