import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import type { Orders, Outcome } from './bring-up.ts';

/*
 * The program in one file: to load its hundreds of files one by one takes a process longer than what it is to be killed in.
 * What V8 has compiled of it, the first one that comes to its end keeps for those that follow: that is most of what is left.
 */
const folder = mkdtempSync(fileURLToPath(new URL('bring-up-', import.meta.url)));
const PROGRAM = join(folder, 'bring-up.cjs');
const BUNDLE = join(folder, 'bundle.js');
buildSync({
  entryPoints: [fileURLToPath(new URL('bring-up.js', import.meta.url))],
  outfile: BUNDLE,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  charset: 'ascii',
  external: ['koffi', 'undici'],
  // It starts no threads.
  define: { 'import.meta.url': '""' },
  banner: { js: '(function (module, exports, require) {' },
  footer: { js: '})' },
  logLevel: 'warning',
});
writeFileSync(
  PROGRAM,
  `const { existsSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { Script } = require('node:vm');
const filename = ${JSON.stringify(BUNDLE)};
const kept = filename + '.cache';
const cachedData = existsSync(kept) ? readFileSync(kept) : undefined;
const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData });
if (cachedData === undefined) process.once('exit', () => {
  writeFileSync(kept + process.pid, script.createCachedData());
  renameSync(kept + process.pid, kept);
});
script.runInThisContext()(module, exports, require);
`,
);
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

/** Another process that brings a lab up, when it is told to. */
export class Child {
  readonly process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<unknown>;

  /** `through` are the words of a command that the program's own follow. */
  constructor(orders: Orders, through: readonly string[] = []) {
    const [command, ...args] = [...through, process.execPath, PROGRAM, JSON.stringify(orders)];
    this.process = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#ended = once(this.process, 'close');
    this.#lines = createInterface({ input: this.process.stdout! })[Symbol.asyncIterator]();
  }

  /** Tells it to begin, and waits until it does. */
  async begin(): Promise<void> {
    this.process.stdin!.end('\n');
    const line = await this.#lines.next();
    assert.equal(line.value, '"begin"', 'the other process did not start');
  }

  /** What came of it; undefined when it was killed before it could say. */
  async outcome(): Promise<Outcome | undefined> {
    const { value, done } = (await this.#lines.next()) as IteratorResult<string, undefined>;
    await this.#ended;
    return done === true ? undefined : (JSON.parse(value) as Outcome);
  }

  kill(): void {
    this.process.kill('SIGKILL');
  }
}

/** Runs it to its end. */
export async function bringUp(orders: Orders, through: readonly string[] = []): Promise<Outcome | undefined> {
  const child = new Child(orders, through);
  await child.begin();
  return child.outcome();
}
