import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { NetwrightError } from '../base/index.ts';

/*
 * Reading a topology file. Apart from all else, for commands that load nothing before they have read it.
 */

/** A topology file that cannot be read. */
export class TopologyFileError extends NetwrightError {
  readonly code = 'ERR_TOPOLOGY_FILE';
}

/** What topology files are called. */
export const EXTENSIONS = ['yaml', 'yml', 'json'];

/** The largest topology file, in bytes: some ten thousand nodes with much to say of each. */
const MAX_SIZE = 4 * 1024 ** 2;

/**
 * The text of a topology file, UTF-8; `-` is standard input.
 * @throws TopologyFileError when it cannot be read, is larger than 4 MiB, or is no UTF-8
 */
export function readTopologyFile(file: string): string {
  return decoded(file, read(file));
}

function read(file: string): Buffer {
  try {
    const fd = file === '-' ? 0 : openSync(file, 'r');
    try {
      return readAll(file, fd);
    } finally {
      if (fd !== 0) closeSync(fd);
    }
  } catch (error) {
    if (error instanceof TopologyFileError) throw error;
    throw new TopologyFileError(reasonOf(file, error as NodeJS.ErrnoException), { cause: error });
  }
}

/** Reads to the end: of a file, a pipe, or a device that may have none. */
function readAll(file: string, fd: number): Buffer {
  const { size } = fstatSync(fd);
  if (size > MAX_SIZE) throw tooLarge(file);
  const chunks: Buffer[] = [];
  for (let total = 0, chunk = size + 1; ; chunk = 65_536) {
    const buffer = Buffer.allocUnsafe(chunk);
    const count = readSync(fd, buffer);
    if (count === 0) return Buffer.concat(chunks);
    total += count;
    if (total > MAX_SIZE) throw tooLarge(file);
    chunks.push(buffer.subarray(0, count));
  }
}

const tooLarge = (file: string): TopologyFileError =>
  new TopologyFileError(
    `${named(file)} is larger than ${MAX_SIZE / 1024 ** 2} MiB, the maximum size of a topology file`,
  );

const named = (file: string): string => (file === '-' ? 'standard input' : `"${file}"`);

function decoded(file: string, bytes: Buffer): string {
  const [first, second] = bytes;
  // The byte order mark of UTF-16, or the zero bytes that it has for ASCII.
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || first === 0 || second === 0)
    throw new TopologyFileError(`${named(file)} is not UTF-8 text, but UTF-16 or binary: save it as UTF-8`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new TopologyFileError(
      `${named(file)} is not UTF-8 text: line ${badLine(bytes)} has invalid bytes; save it as UTF-8`,
      { cause: error },
    );
  }
}

/** The first line that is no UTF-8. */
function badLine(bytes: Buffer): number {
  // What is no UTF-8 becomes U+FFFD, which is three bytes: the first line that comes out otherwise has it.
  const lines = bytes.toString('latin1').split('\n');
  return 1 + lines.findIndex((line) => Buffer.from(Buffer.from(line, 'latin1').toString()).toString('latin1') !== line);
}

function reasonOf(file: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') {
    const other = EXTENSIONS.map((extension) => `${file}.${extension}`).find((path) => existsSync(path));
    return `there is no file "${file}"${other === undefined ? '' : ` (did you mean "${other}"?)`}`;
  }
  if (code === 'EISDIR') return `"${file}" is a folder, not a topology file`;
  if (code === 'EACCES') return `"${file}" cannot be read: permission denied`;
  return `${named(file)} cannot be read: ${message}`;
}
