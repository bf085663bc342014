import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { eventuallyHolds } from './eventually.ts';

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
    const { 0: text, index } = await eventuallyHolds(() => {
      const found = pattern.exec(this.#shown);
      assert.ok(found, `${pattern} did not come:\n${this.#shown}`);
      return found;
    }, 10);
    this.#shown = this.#shown.slice(index + text.length);
    return text;
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
