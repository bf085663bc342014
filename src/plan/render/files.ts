import type { SetFiles } from '../operation.ts';
import type { RenderOptions } from './options.ts';
import { command, heredoc, quote } from './shell.ts';

/** Where `ip netns exec` looks for files to put over /etc. */
export const NETNS_ETC = '/etc/netns';

export function setFiles({ namespaces, files }: SetFiles, { existing = false }: RenderOptions = {}): string[] {
  const [only] = namespaces;
  if (only === undefined) return [];
  if (namespaces.length === 1) return write(quote(`${NETNS_ETC}/${only}`), files, existing);
  const commands = write(`"${NETNS_ETC}/$namespace"`, files, existing);
  return [[`for namespace in ${command(namespaces)}; do`, ...commands, 'done'].join('\n')];
}

/** The commands for one folder, whose path is quoted already. */
function write(folder: string, files: SetFiles['files'], existing: boolean): string[] {
  const entries = Object.entries(files);
  return [
    ...(existing || entries.length === 0 ? [`rm -rf ${folder}`] : []),
    ...(entries.length === 0 ? [] : [`mkdir -p ${folder}`]),
    ...entries.map(([name, text]) => writeFile(`${folder}/${quote(name)}`, text)),
  ];
}

const writeFile = (path: string, text: string): string =>
  text.endsWith('\n') ? heredoc(`cat > ${path}`, text) : `printf %s ${quote(text)} > ${path}`;
