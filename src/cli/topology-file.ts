import { extname } from 'node:path';
import { folderOfFile, EXTENSIONS, readTopologyFile } from '../store/index.ts';
import type { Topology, Variables } from '../topology/index.ts';

/** Whether an argument that may be a lab or a file is a file: labs' names have neither dots nor slashes. */
export const isFileArgument = (argument: string): boolean =>
  argument.includes('/') || EXTENSIONS.includes(extname(argument).slice(1)) || argument === '-';

/** What a file is called where a reader is told of it. */
export const nameOfFile = (file: string): string => (file === '-' ? 'standard input' : file);

/**
 * A topology file, checked.
 * @param set what stands for its variables, before the environment
 * @throws TopologyFileError, TopologyError
 */
export async function loadTopologyFile(file: string, set?: Variables): Promise<Topology> {
  const text = readTopologyFile(file);
  const { parseTopology } = await import('../topology/index.ts');
  return parseTopology(text, file, { folder: folderOfFile(file), variables: process.env, set });
}
