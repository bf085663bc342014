import { KINDS } from '../kinds/index.ts';
import { readdirSync } from 'node:fs';
import { found, type Finding } from './finding.ts';
import { readText, processIds, processName } from '../proc/index.ts';

/** An example of the name of a lab's link on the host, to match configurations against. */
const EXAMPLE = 'nw-lab';

/** Programs on the host that configure links by themselves, and so could change the host's end of a lab's uplink. */
export function linkManagers(): Finding[] {
  const running = commandNames();
  const findings: Finding[] = [];
  if (running.has('systemd-network')) findings.push(networkd());
  if (running.has('NetworkManager')) findings.push(networkManager());
  if (findings.length > 0) return findings;
  return [
    found(
      subjectOf('link-managers', 'Programs that configure links'),
      'ok',
      'neither systemd-networkd nor NetworkManager runs',
    ),
  ];
}

const subjectOf = (id: string, title: string) => ({
  id,
  title,
  needed: `\`internet\`: the link ${EXAMPLE.slice(0, 3)}LAB on the host`,
});

/** The names of all processes. */
const commandNames = (): Set<string> => new Set(processIds().map((pid) => processName(pid) ?? ''));

/** The directories of systemd.network(5); a file in an earlier one hides a file of the same name in a later one. */
const NETWORKD_FOLDERS = [
  '/etc/systemd/network',
  '/run/systemd/network',
  '/usr/local/lib/systemd/network',
  '/usr/lib/systemd/network',
];

function networkd(): Finding {
  const subject = subjectOf('systemd-networkd', 'systemd-networkd');
  const file = filesIn(NETWORKD_FOLDERS, '.network').find(({ text }) => matches(text));
  if (file === undefined) return found(subject, 'ok', `it runs; no .network file matches ${EXAMPLE}`);
  if (/^\s*Unmanaged\s*=\s*(yes|true|1|on)\s*$/im.test(file.text))
    return found(subject, 'ok', `${file.path} makes it ignore ${EXAMPLE}`);
  return found(
    subject,
    'warning',
    `${file.path} matches ${EXAMPLE}: networkd would change its addresses`,
    'in /etc/systemd/network/05-netwright.network: "[Match]", "Name=nw-*", "[Link]", "Unmanaged=yes"; then: networkctl reload',
  );
}

/** The files of several folders in the order of their names; of files with the same name, the first. */
function filesIn(folders: readonly string[], ending: string): { path: string; text: string }[] {
  const paths = new Map<string, string>();
  for (const folder of folders) {
    for (const name of listFolder(folder))
      if (name.endsWith(ending) && !paths.has(name)) paths.set(name, `${folder}/${name}`);
  }
  return [...paths].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => ({ path, text: readText(path) ?? '' }));
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** True if the [Match] section of a .network file matches a veth with the example's name. */
function matches(text: string): boolean {
  const section = /^\[Match\]\s*$([^[]*)/m.exec(text)?.[1];
  if (section === undefined) return false;
  const conditions = [...section.matchAll(/^\s*(\w+)\s*=\s*(.*?)\s*$/gm)].map(
    ([, key = '', value = '']) => [key, value] as const,
  );
  return (
    conditions.length > 0 &&
    conditions.every(([key, value]) => {
      switch (key) {
        case 'Name':
          return matchesAny(value, EXAMPLE);
        case 'Kind':
          return matchesAny(value, KINDS.veth.name);
        case 'Type':
          return matchesAny(value, 'ether');
        case 'Driver':
          return matchesAny(value, KINDS.veth.name);
        default:
          // Conditions such as MACAddress=, Path= or KernelVersion= normally do not match an uplink.
          return false;
      }
    })
  );
}

/** True if one of the shell patterns matches the word; a list that begins with ! is inverted. */
function matchesAny(patterns: string, word: string): boolean {
  const inverted = patterns.startsWith('!');
  const list = (inverted ? patterns.slice(1) : patterns).split(/\s+/).filter((pattern) => pattern !== '');
  const matched = list.some((pattern) => {
    const source = pattern
      .replace(/[.+^${}()|\\]/g, String.raw`\$&`)
      .replaceAll('*', '.*')
      .replaceAll('?', '.')
      .replace('[!', '[^');
    try {
      return new RegExp(`^${source}$`).test(word);
    } catch {
      return pattern === word;
    }
  });
  return matched !== inverted;
}

const MANAGER_FOLDERS = ['/etc/NetworkManager/conf.d', '/run/NetworkManager/conf.d', '/usr/lib/NetworkManager/conf.d'];
const UDEV_FOLDERS = ['/etc/udev/rules.d', '/run/udev/rules.d', '/usr/lib/udev/rules.d', '/lib/udev/rules.d'];

function networkManager(): Finding {
  const subject = subjectOf('network-manager', 'NetworkManager');
  const configuration = [
    ...filesIn(MANAGER_FOLDERS, '.conf'),
    { path: '', text: readText('/etc/NetworkManager/NetworkManager.conf') ?? '' },
  ];
  const ignored = configuration.some(({ text }) =>
    /^\s*unmanaged-devices\s*[+=].*(nw-|interface-name:\*|type:veth|driver:veth)/m.test(text),
  );
  if (ignored) return found(subject, 'ok', `it runs, and is configured to ignore ${EXAMPLE}`);
  // NetworkManager installs such a file itself: 85-nm-unmanaged.rules.
  const rules = filesIn(UDEV_FOLDERS, '.rules').find(({ text }) => /^[^#\n]*veth[^\n]*NM_UNMANAGED\}="1"/m.test(text));
  if (rules !== undefined) return found(subject, 'ok', `it runs; ${rules.path} makes it ignore veth pairs`);
  return found(
    subject,
    'warning',
    `it runs, and is not configured to ignore ${EXAMPLE}`,
    'in /etc/NetworkManager/conf.d/netwright.conf: "[keyfile]", "unmanaged-devices=interface-name:nw-*"; then: nmcli general reload',
  );
}
