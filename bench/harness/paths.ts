import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. This file runs as build/bench/harness/paths.js. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const BENCH = join(ROOT, 'bench');

export const RESULTS = join(BENCH, 'results.md');
export const SANDBOX = join(BENCH, 'harness/sandbox.sh');
/** The built command line. */
export const CLI = join(ROOT, 'dist/cli.cjs');

export const MEMORY = join(BENCH, 'harness/memory.py');
export const TIMED = join(BENCH, 'harness/timed.sh');

/** A source file or script in bench/peers. */
export const source = (name: string): string => join(BENCH, 'peers', name);

/** The compiled programs of the peers. */
export const COMPILED = join(BENCH, 'build');
export const compiled = (name: string): string => join(COMPILED, name);

/** A compiled job of these benchmarks. */
export const program = (name: string): string => join(ROOT, 'build/bench', name);
