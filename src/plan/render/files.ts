import type { SetFiles } from '../operation.ts';
import type { RenderOptions } from './options.ts';
import { command, heredoc, quote } from './shell.ts';

/** Where `ip netns exec` looks for files to put over /etc. */
export const NETNS_ETC = '/etc/netns';

export function setFiles({ namespace, files }: SetFiles, { existing = false }: RenderOptions = {}): string[] {
  const folder = `${NETNS_ETC}/${namespace}`;
  const entries = Object.entries(files);
  return [
    ...(existing || entries.length === 0 ? [command('rm', '-rf', folder)] : []),
    ...(entries.length === 0 ? [] : [command('mkdir', '-p', folder)]),
    ...entries.map(([name, text]) => write(`${folder}/${name}`, text)),
  ];
}

const write = (path: string, text: string): string =>
  text.endsWith('\n') ? heredoc(`cat > ${quote(path)}`, text) : `printf %s ${quote(text)} > ${quote(path)}`;
