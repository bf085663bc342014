import { readFileSync } from 'node:fs';
import { getHeapCodeStatistics } from 'node:v8';
import { Script } from 'node:vm';
import { readCache, writeCache } from '../base/index.ts';
import type * as program from './program.ts';

/*
 * Compiling program.ts takes longer than most commands. V8's code cache is therefore stored beside it, one file for
 * each command, as Python stores the bytecode of its modules. A user who can write there could change the program
 * itself, so this adds no risk. If nothing can be written, or V8 rejects the cache, the program is compiled as usual.
 */

/** A hash of program.ts's bundle, set by the build. */
declare const __PROGRAM__: string;

/**
 * The size of the header before V8's data, in bytes: the size of the bytecode, and the cost of the run that wrote it.
 */
const HEADER_SIZE = 16;

/** The growth of bytecode from which the cache is written again. */
const MIN_GROWTH = 1.05;
/** The part of the stored run's cost from which a run is checked for growth. */
const MIN_COST = 0.9;

type Program = typeof program;
type Wrapper = (module: { exports: unknown }, exports: unknown, require: NodeJS.Require, filename: string) => void;

/** Runs a command line with program.ts's `run`. */
export async function run(args: readonly string[]): Promise<number> {
  const atStart = processorTime();
  const filename = `${__dirname}/program.cjs`;
  const path = cachePath(args[0]);
  const { script, size, cost: storedCost } = compiled(filename, path);
  const module = { exports: {} as Program };
  (script.runInThisContext() as Wrapper)(module, module.exports, require, filename);
  const status = await module.exports.run(args);
  if (path === undefined || status !== 0) return status;
  // Relative to Node's start, so that slow and busy hosts give the same number.
  const cost = processorTime() / atStart;
  // A run that cost clearly less has compiled less: skip the check, which takes time too.
  if (cost > MIN_COST * storedCost) storeCache(path, script, size, cost);
  return status;
}

/**
 * The program, compiled with the cache at `path`, and the cache's header. The cache itself, about 1 MB, is not
 * returned, so that it can be freed.
 */
function compiled(filename: string, path: string | undefined): { script: Script; size: number; cost: number } {
  const cache = path === undefined ? undefined : readCache(path, HEADER_SIZE);
  // The file is ASCII: decoding it as UTF-8 would check each byte.
  const script = new Script(readFileSync(filename, 'latin1'), {
    filename,
    cachedData: cache?.subarray(HEADER_SIZE),
  });
  if (cache === undefined || script.cachedDataRejected !== false) return { script, size: 0, cost: 0 };
  return { script, size: cache.readDoubleLE(0), cost: cache.readDoubleLE(8) };
}

/** The CPU time of this process, in microseconds. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/**
 * The path of a command's cache; undefined if it is disabled, or if Node.js has options, which can change V8's code.
 */
function cachePath(command: string | undefined): string | undefined {
  const { NODE_OPTIONS, NODE_DISABLE_COMPILE_CACHE } = process.env;
  if (NODE_OPTIONS || NODE_DISABLE_COMPILE_CACHE || process.execArgv.length > 0) return undefined;
  if (command === undefined || !/^[a-z]+$/.test(command)) return undefined;
  return `${__dirname}/${command}-${__PROGRAM__}-${process.version}-${process.arch}.cache`;
}

/** Stores the compiled code if there is more of it than in the cache. */
function storeCache(path: string, script: Script, before: number, cost: number): void {
  const { bytecode_and_metadata_size: size } = getHeapCodeStatistics();
  if (size < before * MIN_GROWTH) return;
  const header = Buffer.alloc(HEADER_SIZE);
  header.writeDoubleLE(size, 0);
  header.writeDoubleLE(cost, 8);
  // writeCache replaces the file atomically, since V8 does not check whether its data are complete, and ignores
  // failures.
  writeCache(path, [header, script.createCachedData()]);
}
