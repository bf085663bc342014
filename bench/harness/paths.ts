import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. This file runs as build/bench/harness/paths.js. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const BENCH = join(ROOT, 'bench');

export const RESULTS = join(BENCH, 'results.md');
export const SANDBOX = join(BENCH, 'harness/sandbox.sh');
/** The command line as it is built. */
export const CLI = join(ROOT, 'dist/cli.cjs');

export const MEMORY = join(BENCH, 'harness/memory.py');
export const TIMED = join(BENCH, 'harness/timed.sh');

/** A program or script of a peer, as it lies in the repository. */
export const source = (name: string): string => join(BENCH, 'peers', name);

/** A peer's program, compiled. */
export const COMPILED = join(BENCH, 'build');
export const compiled = (name: string): string => join(COMPILED, name);

/** A program of these benchmarks. */
export const program = (name: string): string => join(ROOT, 'build/bench', name);
