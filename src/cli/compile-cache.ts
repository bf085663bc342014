import { readFileSync } from 'node:fs';
import { getHeapCodeStatistics } from 'node:v8';
import { Script } from 'node:vm';
import { readCache, writeCache } from '../base/index.ts';
import type * as program from './program.ts';

/*
 * Compiling program.ts costs more than most commands do. What V8 has made of it is kept beside it, one file a command, as
 * Python keeps the bytecode of its modules: whoever may write there could change the program itself. Where nothing can be
 * written, or V8 does not take what it finds, the program is compiled as ever.
 */

/** What program.ts's bundle is: changes with every byte of it. Set when the command line is built. */
declare const __PROGRAM__: string;

/** In front of V8's data: how much bytecode there was when they were made, and the cost of the run that made them. */
const HEADER_SIZE = 16;

/** By how much bytecode must have grown for it to be kept again. */
const GROWN = 1.05;
const LESS = 0.9;

type Program = typeof program;
type Wrapper = (module: { exports: unknown }, exports: unknown, require: NodeJS.Require, filename: string) => void;

/** Runs a command line, as program.ts's `run` does. */
export async function run(args: readonly string[]): Promise<number> {
  const atStart = processorTime();
  const filename = `${__dirname}/program.cjs`;
  const path = pathFor(args[0]);
  const { script, size, cost: costThen } = compiled(filename, path);
  const module = { exports: {} as Program };
  (script.runInThisContext() as Wrapper)(module, module.exports, require, filename);
  const status = await module.exports.run(args);
  if (path === undefined || status !== 0) return status;
  // In what Node took to start, so that it is the same on a slow machine and on a busy one.
  const cost = processorTime() / atStart;
  // A run that costs less than that one has compiled less: to look costs something, too.
  if (cost > LESS * costThen) keep(path, script, size, cost);
  return status;
}

/** A program, with what is kept of it at `path`, and what is noted there; it is not held on to, being a megabyte. */
function compiled(filename: string, path: string | undefined): { script: Script; size: number; cost: number } {
  const kept = path === undefined ? undefined : readCache(path, HEADER_SIZE);
  // All of it is ASCII: read as UTF-8, each byte would be looked at.
  const script = new Script(readFileSync(filename, 'latin1'), {
    filename,
    cachedData: kept?.subarray(HEADER_SIZE),
  });
  if (kept === undefined || script.cachedDataRejected !== false) return { script, size: 0, cost: 0 };
  return { script, size: kept.readDoubleLE(0), cost: kept.readDoubleLE(8) };
}

/** The time on processors, in microseconds, that this process has taken. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Where a command's code is kept; undefined where it is not, as with options of Node's, which V8 may compile by. */
function pathFor(command: string | undefined): string | undefined {
  const { NODE_OPTIONS, NODE_DISABLE_COMPILE_CACHE } = process.env;
  if (NODE_OPTIONS || NODE_DISABLE_COMPILE_CACHE || process.execArgv.length > 0) return undefined;
  if (command === undefined || !/^[a-z]+$/.test(command)) return undefined;
  return `${__dirname}/${command}-${__PROGRAM__}-${process.version}-${process.arch}.cache`;
}

/** Keeps what has been compiled, if there is more of it than there was. */
function keep(path: string, script: Script, before: number, cost: number): void {
  const { bytecode_and_metadata_size: size } = getHeapCodeStatistics();
  if (size < before * GROWN) return;
  const header = Buffer.alloc(HEADER_SIZE);
  header.writeDoubleLE(size, 0);
  header.writeDoubleLE(cost, 8);
  // V8 does not look whether what it is given is whole. Where it cannot be written, the program works without.
  writeCache(path, [header, script.createCachedData()]);
}
