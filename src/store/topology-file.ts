import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { NetwrightError } from '../base/index.ts';

/*
 * Reads topology files. A file of its own, since commands read the topology file before they load anything else.
 */

/** The topology file cannot be read: it does not exist, is no UTF-8 text, or is larger than 4 MiB. */
export class TopologyFileError extends NetwrightError {
  readonly code = 'ERR_TOPOLOGY_FILE';
}

/** The extensions of topology files. */
export const EXTENSIONS = ['yaml', 'yml', 'json'];

/** The largest topology file, in bytes: enough for about ten thousand nodes with many options. */
const MAX_SIZE = 4 * 1024 ** 2;

/**
 * Reads the UTF-8 text of a topology file; `-` is standard input.
 * @throws TopologyFileError if it cannot be read, is larger than 4 MiB, or is no UTF-8
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

/** Reads a file or a pipe to its end, or a device that may have no end up to {@link MAX_SIZE}. */
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
    `${describeFile(file)} is larger than ${MAX_SIZE / 1024 ** 2} MiB, the maximum size of a topology file`,
  );

const describeFile = (file: string): string => (file === '-' ? 'standard input' : `"${file}"`);

function decoded(file: string, bytes: Buffer): string {
  const [first, second] = bytes;
  // The byte order mark of UTF-16, or the zero bytes of ASCII characters in UTF-16.
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || first === 0 || second === 0)
    throw new TopologyFileError(`${describeFile(file)} is not UTF-8 text, but UTF-16 or binary: save it as UTF-8`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new TopologyFileError(
      `${describeFile(file)} is not UTF-8 text: line ${badLine(bytes)} has invalid bytes; save it as UTF-8`,
      { cause: error },
    );
  }
}

/** The number of the first line that is no UTF-8, from 1. */
function badLine(bytes: Buffer): number {
  // Decoding replaces invalid bytes with U+FFFD, so that the line differs when it is encoded again.
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
  return `${describeFile(file)} cannot be read: ${message}`;
}
