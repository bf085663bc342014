import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkArgument, checkOptions } from '../base/index.ts';
import { logFiles, rotateLargeLog } from '../apply/index.ts';
import { LabMounts } from '../netns/index.ts';
import { serviceFolder } from '../observe/index.ts';
import type { Compiled } from '../topology/index.ts';
import { compileSaved, NotFoundError, topologyVersion } from '../store/index.ts';
import { servicesOf } from './restart.ts';

/** A line that a service has printed. */
export interface LogLine {
  readonly node: string;
  readonly service: string;
  /** Without the line break. */
  readonly line: string;
}

/** Which lines `logs()` reads; those of all services when nothing is said. */
export interface LogOptions {
  /** Services of one node alone. */
  readonly node?: string;
  /** One service of it. */
  readonly service?: string;
  /** How many of the last lines of each service; all that are kept when absent. */
  readonly tail?: number;
}

/** What `followLogs()` tells, and whom. */
export interface FollowOptions extends LogOptions {
  readonly onLine: (line: LogLine) => void;
  /** Called when what was there has been told, and what comes is waited for. */
  readonly onReady?: () => void;
  readonly signal?: AbortSignal;
}

/** How often files are looked at, in milliseconds. */
const INTERVAL = 100;
/** How much is read at once, in bytes. */
const CHUNK = 256 * 1024;

const LOG_OPTIONS = { node: 'text', service: 'text', tail: 'count' } as const;

/**
 * What services have printed, on both streams, one service after the other in the order of the topology. What was printed
 * before the last start is kept twice over.
 * @throws NotFoundError when the lab, the node or the service does not exist
 */
export function logs(lab: string, options: LogOptions = {}): LogLine[] {
  checkArgument('lab', lab, 'text');
  checkOptions(options, LOG_OPTIONS);
  const lines: LogLine[] = [];
  const readers = readersOf(compileSaved(lab), options, (line) => lines.push(line));
  for (const reader of readers.values()) {
    reader.read();
    reader.end();
  }
  return lines;
}

/**
 * As {@link logs}, and then what services print, as it comes, whoever starts them again; those, too, that an edited file
 * brings.
 * @returns when the signal aborts, or when the lab has been taken down
 */
export async function followLogs(lab: string, options: FollowOptions): Promise<'aborted' | 'gone'> {
  checkArgument('lab', lab, 'text');
  checkOptions(options, { ...LOG_OPTIONS, onLine: 'function', onReady: 'function', signal: 'signal' });
  checkArgument('options.onLine', options.onLine, 'function');
  const { onLine, onReady, signal } = options;
  const labMounts = new LabMounts(lab);
  let version = topologyVersion(lab);
  const readers = readersOf(compileSaved(lab), options, onLine);
  const attendNewOnes = (): void => {
    const current = topologyVersion(lab);
    if (current === version || current === undefined) return;
    version = current;
    const { tail: _, ...all } = options;
    for (const [key, reader] of found(() => readersOf(compileSaved(lab), all, onLine)))
      if (!readers.has(key)) readers.set(key, reader);
  };
  try {
    for (const reader of readers.values()) reader.read();
    onReady?.();
    for (;;) {
      if (signal?.aborted === true) return 'aborted';
      await sleep(INTERVAL, undefined, signal === undefined ? {} : { signal }).catch(() => {});
      // Once more when it is gone: what was open can be read still.
      const gone = !labMounts.mounted;
      attendNewOnes();
      for (const reader of readers.values()) reader.read();
      if (gone) return 'gone';
    }
  } finally {
    for (const reader of readers.values()) reader.end();
  }
}

/** What is asked for, or nothing where there is no such thing any more. */
function found(readers: () => Readers): Readers {
  try {
    return readers();
  } catch (error) {
    if (error instanceof NotFoundError) return new Map();
    throw error;
  }
}

/** Puts large logs aside: whatever command passes by does. */
export function rotateLogs({ lab, nodes, state }: Compiled): void {
  const labMounts = new LabMounts(lab);
  for (const { namespace } of Object.values(nodes))
    for (const name in state.namespaces[namespace]?.services) rotateLargeLog(serviceFolder(labMounts, namespace, name));
}

/** By NODE/SERVICE, in the order of the topology. */
type Readers = Map<string, LogReader>;

function readersOf(compiled: Compiled, options: LogOptions, onLine: (line: LogLine) => void): Readers {
  const { node, service, tail } = options;
  const labMounts = new LabMounts(compiled.lab);
  rotateLogs(compiled);
  const all = Object.keys(compiled.nodes).filter((name) => hasServices(compiled, name));
  const readers: Readers = new Map();
  for (const name of node === undefined ? all : [node]) {
    const { namespace, names } = servicesOf(compiled, name, service);
    for (const each of names) {
      const folder = serviceFolder(labMounts, namespace, each);
      const reader = new LogReader(folder, tail, (line) => onLine({ node: name, service: each, line }));
      readers.set(`${name}/${each}`, reader);
    }
  }
  return readers;
}

const hasServices = ({ nodes, state }: Compiled, node: string): boolean =>
  state.namespaces[nodes[node]!.namespace]?.services !== undefined;

/** Reads the files of one log in order, and goes on where it was, through all that happens to them. */
class LogReader {
  readonly #older: readonly string[];
  readonly #path: string;
  readonly #onLine: (line: string) => void;
  #tail: number | undefined;
  #begun = false;
  /** The file that is being read, kept open: it may be put aside while it is. */
  #file: { readonly fd: number; readonly inode: number } | undefined;
  #offset = 0;
  #decoder = new StringDecoder('utf8');
  #rest = '';

  constructor(folder: string, tail: number | undefined, onLine: (line: string) => void) {
    const files = logFiles(folder);
    this.#older = files.slice(0, -1);
    this.#path = files.at(-1)!;
    this.#tail = tail;
    this.#onLine = onLine;
  }

  read(): void {
    if (!this.#begun) {
      this.#begun = true;
      this.#beginning();
      return;
    }
    if (this.#file !== undefined) {
      this.#shrunk();
      this.#drain();
    }
    const inode = statSync(this.#path, { throwIfNoEntry: false })?.ino;
    if (inode === undefined || inode === this.#file?.inode) return;
    this.#close();
    this.#openCurrent();
    this.#drain();
  }

  /** What was there before: all of it, or the last lines. */
  #beginning(): void {
    const tail = this.#tail;
    const kept: string[] = [];
    const emit = (line: string): void => {
      if (tail === undefined) this.#onLine(line);
      else if (tail > 0 && kept.push(line) > tail) kept.shift();
    };
    for (const path of this.#older) {
      if (!this.#open(path)) continue;
      this.#drain(emit);
      this.#close(emit);
    }
    this.#openCurrent();
    this.#drain(emit);
    for (const line of kept) this.#onLine(line);
  }

  #openCurrent(): void {
    this.#open(this.#path);
  }

  #open(path: string): boolean {
    try {
      const fd = openSync(path, 'r');
      this.#file = { fd, inode: fstatSync(fd).ino };
      this.#offset = 0;
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return false;
    }
  }

  /** When a file has been emptied, what was in it has been copied beside it. */
  #shrunk(): void {
    const { fd } = this.#file!;
    if (fstatSync(fd).size >= this.#offset) return;
    const copy = this.#older.at(-1)!;
    const current = this.#file;
    const offset = this.#offset;
    if (this.#open(copy)) {
      this.#offset = offset;
      this.#drain();
      closeSync(this.#file!.fd);
    }
    this.#file = current;
    this.#offset = 0;
  }

  #drain(emit = this.#onLine): void {
    if (this.#file === undefined) return;
    const buffer = Buffer.alloc(CHUNK);
    for (;;) {
      const length = readSync(this.#file.fd, buffer, 0, CHUNK, this.#offset);
      if (length === 0) return;
      this.#offset += length;
      const lines = (this.#rest + this.#decoder.write(buffer.subarray(0, length))).split('\n');
      this.#rest = lines.pop()!;
      for (const line of lines) emit(line);
    }
  }

  /** A last line that nobody has ended is one, too. */
  #close(emit = this.#onLine): void {
    if (this.#file !== undefined) closeSync(this.#file.fd);
    this.#file = undefined;
    const rest = this.#rest + this.#decoder.end();
    if (rest !== '') emit(rest);
    this.#rest = '';
  }

  end(): void {
    this.#close();
  }
}
