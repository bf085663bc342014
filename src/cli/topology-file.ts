import { extname } from 'node:path';
import { folderOfFile, EXTENSIONS, readTopologyFile } from '../store/index.ts';
import type { Topology, Variables } from '../topology/index.ts';

/** Whether an argument that is a lab or a file is a file: lab names have neither dots nor slashes. */
export const isFileArgument = (argument: string): boolean =>
  argument.includes('/') || EXTENSIONS.includes(extname(argument).slice(1)) || argument === '-';

/** The name of a file in output. */
export const nameOfFile = (file: string): string => (file === '-' ? 'standard input' : file);

/**
 * Reads and checks a topology file.
 * @param set values of its variables; they override environment variables
 * @throws TopologyFileError, TopologyError
 */
export async function loadTopologyFile(file: string, set?: Variables): Promise<Topology> {
  const text = readTopologyFile(file);
  const { parseTopology } = await import('../topology/index.ts');
  return parseTopology(text, file, { folder: folderOfFile(file), variables: process.env, set });
}
