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

/** A line of a service's output. */
export interface LogLine {
  readonly node: string;
  readonly service: string;
  /** Without the line break. */
  readonly line: string;
}

/** Which lines `logs()` returns: by default, all stored lines of all services. */
export interface LogOptions {
  /** Only services of this node. */
  readonly node?: string;
  /** Only the service of this name; to be used with `node`. */
  readonly service?: string;
  /** How many of the last lines of each service, 0 or more; all stored lines by default. */
  readonly tail?: number;
}

/** Options of `followLogs()`. */
export interface FollowOptions extends LogOptions {
  /** Called with each line. */
  readonly onLine: (line: LogLine) => void;
  /** Called once all stored lines have been reported. */
  readonly onReady?: () => void;
  /** Ends `followLogs()`. */
  readonly signal?: AbortSignal;
}

/** How often the log files are read, in milliseconds. */
const INTERVAL = 100;
/** How much is read at once, in bytes. */
const CHUNK = 256 * 1024;

const LOG_OPTIONS = { node: 'text', service: 'text', tail: 'count' } as const;

/**
 * Returns the stored output of services, standard output and standard error together, one service after the other in
 * the order of the topology. The logs of the last two rotations are included: a log is rotated when its service starts,
 * and when it exceeds 4 MiB.
 * @throws NotFoundError if there is no such lab, node or service; OtherMountNamespaceError, UnreadableError
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
 * Reports the stored output of services as {@link logs} does, then each new line within 100 ms. Continues when any
 * process restarts a service, and includes services that a later `up` adds.
 * @returns `aborted` if the signal was aborted, `gone` if the lab was removed
 * @throws NotFoundError if there is no such lab, node or service; OtherMountNamespaceError, UnreadableError
 */
export async function followLogs(lab: string, options: FollowOptions): Promise<'aborted' | 'gone'> {
  checkArgument('lab', lab, 'text');
  checkOptions(options, { ...LOG_OPTIONS, onLine: 'function', onReady: 'function', signal: 'signal' });
  checkArgument('options.onLine', options.onLine, 'function');
  const { onLine, onReady, signal } = options;
  const labMounts = new LabMounts(lab);
  let version = topologyVersion(lab);
  const readers = readersOf(compileSaved(lab), options, onLine);
  const addNewServices = (): void => {
    const current = topologyVersion(lab);
    if (current === version || current === undefined) return;
    version = current;
    const { tail: _, ...all } = options;
    for (const [key, reader] of readersIfAny(() => readersOf(compileSaved(lab), all, onLine)))
      if (!readers.has(key)) readers.set(key, reader);
  };
  try {
    for (const reader of readers.values()) reader.read();
    onReady?.();
    for (;;) {
      if (signal?.aborted === true) return 'aborted';
      await sleep(INTERVAL, undefined, signal === undefined ? {} : { signal }).catch(() => {});
      // Read once more after the lab is gone: files that are open can still be read.
      const gone = !labMounts.mounted;
      addNewServices();
      for (const reader of readers.values()) reader.read();
      if (gone) return 'gone';
    }
  } finally {
    for (const reader of readers.values()) reader.end();
  }
}

/** The readers, or none if the lab, node or service no longer exists. */
function readersIfAny(readers: () => Readers): Readers {
  try {
    return readers();
  } catch (error) {
    if (error instanceof NotFoundError) return new Map();
    throw error;
  }
}

/** Rotates large logs. There is no daemon to do this, so that each command that reads the lab does. */
export function rotateLogs({ lab, nodes, state }: Compiled): void {
  const labMounts = new LabMounts(lab);
  for (const { namespace } of Object.values(nodes))
    for (const name in state.namespaces[namespace]?.services) rotateLargeLog(serviceFolder(labMounts, namespace, name));
}

/** By `NODE/SERVICE`, in the order of the topology. */
type Readers = Map<string, LogReader>;

function readersOf(compiled: Compiled, options: LogOptions, onLine: (line: LogLine) => void): Readers {
  const { node, service, tail } = options;
  const labMounts = new LabMounts(compiled.lab);
  rotateLogs(compiled);
  const all = Object.keys(compiled.nodes).filter((name) => hasServices(compiled, name));
  const readers: Readers = new Map();
  for (const name of node === undefined ? all : [node]) {
    const { namespace, names } = servicesOf(compiled, name, service);
    for (const serviceName of names) {
      const folder = serviceFolder(labMounts, namespace, serviceName);
      const reader = new LogReader(folder, tail, (line) => onLine({ node: name, service: serviceName, line }));
      readers.set(`${name}/${serviceName}`, reader);
    }
  }
  return readers;
}

const hasServices = ({ nodes, state }: Compiled, node: string): boolean =>
  state.namespaces[nodes[node]!.namespace]?.services !== undefined;

/** Reads the files of one log in order. Each `read()` continues at the last position, also after a rotation. */
class LogReader {
  readonly #older: readonly string[];
  readonly #path: string;
  readonly #onLine: (line: string) => void;
  #tail: number | undefined;
  #begun = false;
  /** The file that is being read, kept open since it can be renamed by a rotation. */
  #file: { readonly fd: number; readonly inode: number } | undefined;
  #offset = 0;
  #decoder = new StringDecoder('utf8');
  /** The beginning of a line whose end has not been read yet. */
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
      this.#readStored();
      return;
    }
    if (this.#file !== undefined) {
      this.#handleTruncation();
      this.#drain();
    }
    const inode = statSync(this.#path, { throwIfNoEntry: false })?.ino;
    if (inode === undefined || inode === this.#file?.inode) return;
    this.#close();
    this.#openCurrent();
    this.#drain();
  }

  /** Reports the lines that are stored already: all, or the last `tail`. */
  #readStored(): void {
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

  /** If the log was truncated by a rotation (copy and truncate), reads the unread rest from the copy. */
  #handleTruncation(): void {
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

  /** Closes the file. A last line without a line break is reported too. */
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
