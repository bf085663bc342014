// The first import of all JavaScript modules of the package (dist/library.js): runs the library, which is one file.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { cachedDataVersionTag, getHeapCodeStatistics } from 'node:v8';
import { Script } from 'node:vm';
import { isMainThread } from 'node:worker_threads';
import { readCache, writeCache } from '../base/index.ts';

/*
 * Compiling the library takes longer than bringing up a small lab. V8's code cache is therefore stored beside the
 * library, as for the command line (cli/compile-cache.ts). A user who can write there could change the library itself,
 * so this adds no risk. If nothing can be written, or V8 rejects the cache, the library is compiled as usual.
 */

/** A hash of library.cjs, set by the build. */
declare const __LIBRARY__: string;

/** The size of the header before V8's data, in bytes: the size of the bytecode of the process that wrote the cache. */
const HEADER_SIZE = 8;

/** The growth of bytecode and cache data from which the cache is written again. */
const MIN_GROWTH = 1.05;
const NO_CACHE: CacheSize = { bytecode: 0, length: 0 };

type Exports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
type Wrapper = (module: { exports: Exports }, require: NodeJS.Require, __filename: string, __url: string) => void;

function load(): Exports {
  const filename = fileURLToPath(new URL('library.cjs', import.meta.url));
  // The file is ASCII: decoding it as UTF-8 would check each byte.
  const source = readFileSync(filename, 'latin1');
  const module: { exports: Exports } = { exports: {} };
  const url = new URL('shared/', import.meta.url).href;
  run(source, filename)(module, createRequire(import.meta.url), filename, url);
  return module.exports;
}

function run(source: string, filename: string): Wrapper {
  const path = cachePath(filename);
  const cache = path === undefined ? undefined : readCache(path, HEADER_SIZE);
  const script = new Script(source, { filename, cachedData: cache?.subarray(HEADER_SIZE) });
  const wrapper: unknown = script.runInThisContext();
  // In a vm context (node:vm), as some test runners use, the script would belong to the main context instead.
  // oxlint-disable-next-line no-eval
  if (Object.getPrototypeOf(wrapper) !== Function.prototype) return (0, eval)(source) as Wrapper;
  // Only the sizes are passed on, so that the buffer of about 1 MB can be freed.
  const size = cache === undefined || script.cachedDataRejected !== false ? NO_CACHE : sizeOf(cache);
  if (path !== undefined && isMainThread) process.once('exit', () => storeCache(script, path, size));
  return wrapper as Wrapper;
}

/** The path of the cache; undefined if it is disabled. V8's version tag changes with its version and flags. */
function cachePath(filename: string): string | undefined {
  if (process.env['NODE_DISABLE_COMPILE_CACHE']) return undefined;
  return filename.replace(/\.cjs$/, `-${__LIBRARY__}-${cachedDataVersionTag()}.cache`);
}

interface CacheSize {
  /** The size of the bytecode of the process that wrote the cache, in bytes. */
  readonly bytecode: number;
  /** The size of the cache file, in bytes. */
  readonly length: number;
}

const sizeOf = (cache: Buffer): CacheSize => ({ bytecode: cache.readDoubleLE(0), length: cache.length });

/** Stores the compiled code if there is more of it than in the cache. */
function storeCache(script: Script, path: string, before: CacheSize): void {
  const { bytecode_and_metadata_size: bytecode } = getHeapCodeStatistics();
  // This is the size for the whole process, but reading it takes less time than createCachedData().
  if (bytecode < before.bytecode * MIN_GROWTH) return;
  const data = script.createCachedData();
  if (data.length < before.length * MIN_GROWTH) return;
  const header = Buffer.alloc(HEADER_SIZE);
  header.writeDoubleLE(bytecode, 0);
  // writeCache replaces the file atomically: V8 does not check whether its data are complete.
  writeCache(path, [header, data]);
}

/** The exports of each room, by its name. A room is evaluated when it is first used. */
export const library = load();
