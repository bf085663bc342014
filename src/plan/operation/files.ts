import { listed } from '../../base/index.ts';
import { nodeOf, type NamespaceName } from '../../state/index.ts';
import { place } from '../place.ts';
import { command, heredoc, quote } from '../shell.ts';
import { MANY, type Family, type RenderOptions } from './family.ts';

/** Where `ip netns exec` looks for files to bind-mount over those in /etc: ip-netns(8). */
export const NETNS_ETC = '/etc/netns';

/**
 * Makes these files the only ones under /etc/netns/NAME of some namespaces, all of which have the same files, or none,
 * before.
 */
export interface SetFiles {
  readonly op: 'set-files';
  readonly namespaces: readonly NamespaceName[];
  readonly files: Readonly<Record<string, string>>;
}

export type FilesOperation = SetFiles;

export const filesOperations: Family<FilesOperation> = {
  'set-files': {
    change: ({ files }) => (Object.keys(files).length === 0 ? 'remove' : 'change'),
    describe: describeFiles,
    explain: () => 'ip netns exec bind-mounts these files over those in /etc, so that nodes know each other by name.',
    render: setFiles,
    subject: () => 'files',
    namespaces: ({ namespaces }) => namespaces,
    section: ({ namespaces }) => (namespaces.length === 1 ? namespaces[0] : undefined),
    split: (op) => op.namespaces.map((namespace) => ({ ...op, namespaces: [namespace] })),
    join: (parts) => ({ ...parts[0], namespaces: parts.flatMap(({ namespaces }) => namespaces) }),
  },
};

function describeFiles({ namespaces, files }: SetFiles): string {
  const names = Object.keys(files).map((name) => `/etc/${name}`);
  const where =
    namespaces.length > MANY
      ? `of ${namespaces.filter((name) => nodeOf(name) !== undefined).length} nodes`
      : `of ${listed(namespaces.map((name) => place(name)))}`;
  return names.length === 0 ? `remove the /etc/netns files ${where}` : `write ${listed(names)} ${where}`;
}

function setFiles({ namespaces, files }: SetFiles, { existing = false }: RenderOptions): string[] {
  const [only] = namespaces;
  if (only === undefined) return [];
  if (namespaces.length === 1) return write(quote(`${NETNS_ETC}/${only}`), files, existing);
  const commands = write(`"${NETNS_ETC}/$namespace"`, files, existing);
  return [[`for namespace in ${command(namespaces)}; do`, ...commands, 'done'].join('\n')];
}

/** The commands for one directory. @param folder its path, already quoted for the shell */
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
