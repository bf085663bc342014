// What all of the package's modules of JavaScript begin with (dist/library.js): it runs the library, which is one file.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { cachedDataVersionTag, getHeapCodeStatistics } from 'node:v8';
import { Script } from 'node:vm';
import { isMainThread } from 'node:worker_threads';
import { readCache, writeCache } from '../base/index.ts';

/*
 * Compiling the library costs more than bringing up a small lab does. What V8 has made of it is kept beside it, as the
 * command line's is (cli/compile-cache.ts): whoever may write there could change the library itself. Where nothing can be
 * written, or V8 does not take what it finds, the library is compiled as ever.
 */

/** What library.cjs is: changes with every byte of it. Set when the library is built. */
declare const __LIBRARY__: string;

/** In front of V8's data: how much bytecode the process had that made them. */
const HEADER_SIZE = 8;

/** By how much what has been compiled must have grown to be kept again. */
const GROWN = 1.05;
const NOTHING: Kept = { bytecode: 0, length: 0 };

type Exports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
type Wrapper = (module: { exports: Exports }, require: NodeJS.Require, __filename: string, __url: string) => void;

function load(): Exports {
  const filename = fileURLToPath(new URL('library.cjs', import.meta.url));
  // All of it is ASCII: read as UTF-8, each byte would be looked at.
  const source = readFileSync(filename, 'latin1');
  const module: { exports: Exports } = { exports: {} };
  const url = new URL('shared/', import.meta.url).href;
  run(source, filename)(module, createRequire(import.meta.url), filename, url);
  return module.exports;
}

function run(source: string, filename: string): Wrapper {
  const path = pathOf(filename);
  const kept = path === undefined ? undefined : readCache(path, HEADER_SIZE);
  const script = new Script(source, { filename, cachedData: kept?.subarray(HEADER_SIZE) });
  const wrapper: unknown = script.runInThisContext();
  // In a context of its own (node:vm), as some runners of tests have, a script would be of another one.
  // oxlint-disable-next-line no-eval
  if (Object.getPrototypeOf(wrapper) !== Function.prototype) return (0, eval)(source) as Wrapper;
  // It is not held on to, being a megabyte.
  const taken = kept === undefined || script.cachedDataRejected !== false ? NOTHING : measured(kept);
  if (path !== undefined && isMainThread) process.once('exit', () => keep(script, path, taken));
  return wrapper as Wrapper;
}

/** Where compiled code is kept: V8 says by a number of what it takes, as versions and options of its own change it. */
function pathOf(filename: string): string | undefined {
  if (process.env['NODE_DISABLE_COMPILE_CACHE']) return undefined;
  return filename.replace(/\.cjs$/, `-${__LIBRARY__}-${cachedDataVersionTag()}.cache`);
}

interface Kept {
  /** Of the process that made it. */
  readonly bytecode: number;
  readonly length: number;
}

const measured = (kept: Buffer): Kept => ({ bytecode: kept.readDoubleLE(0), length: kept.length });

/** Keeps what has been compiled, if there is more of it than there was. */
function keep(script: Script, path: string, before: Kept): void {
  const { bytecode_and_metadata_size: bytecode } = getHeapCodeStatistics();
  // That of the whole process, but it takes less to ask than the data take to make.
  if (bytecode < before.bytecode * GROWN) return;
  const data = script.createCachedData();
  if (data.length < before.length * GROWN) return;
  const header = Buffer.alloc(HEADER_SIZE);
  header.writeDoubleLE(bytecode, 0);
  // V8 does not look whether what it is given is whole.
  writeCache(path, [header, data]);
}

/** What each folder exports, by its name. A folder is evaluated when it is first asked for. */
export const library = load();
