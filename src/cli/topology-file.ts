import { existsSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { Topology } from '../topology/index.ts';
import { folderOfFile } from '../lab/folder.ts';
import { ExitError } from './error.ts';
import { EXIT } from './exit.ts';

export const EXTENSIONS = ['yaml', 'yml', 'json'];

/** Whether an argument that may be a lab or a file is a file: labs' names have neither dots nor slashes. */
export const isFileArgument = (argument: string): boolean =>
  argument.includes('/') || EXTENSIONS.includes(extname(argument).slice(1)) || argument === '-';

/** What a file is called where a reader is told of it. */
export const nameOfFile = (file: string): string => (file === '-' ? 'standard input' : file);

/** The text of a topology file; `-` is standard input. @throws ExitError */
export function readTopologyFile(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new ExitError(reasonOf(file, error as NodeJS.ErrnoException), 'ERR_TOPOLOGY_FILE', EXIT.topology, {
      cause: error,
    });
  }
}

function reasonOf(file: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') {
    const other = EXTENSIONS.map((extension) => `${file}.${extension}`).find((path) => existsSync(path));
    return `there is no file "${file}"${other === undefined ? '' : ` (did you mean "${other}"?)`}`;
  }
  if (code === 'EISDIR') return `"${file}" is a folder, not a topology file`;
  if (code === 'EACCES') return `"${file}" cannot be read: permission denied`;
  return `"${file}" cannot be read: ${message}`;
}

/** A topology file, checked. @throws ExitError, TopologyError */
export async function loadTopologyFile(file: string): Promise<Topology> {
  const text = readTopologyFile(file);
  const { parseTopology } = await import('../topology/index.ts');
  return parseTopology(text, file, { folder: folderOfFile(file) });
}
