import { listed, sysctlPath } from '../../base/index.ts';
import { nodeOf, HOST, type NamespaceName } from '../../state/index.ts';
import { at } from '../place.ts';
import { inside, quote } from '../shell.ts';
import { MANY, type Family, type In } from './family.ts';

export interface SetSysctl extends In {
  readonly op: 'set-sysctl';
  readonly key: string;
  readonly value: string;
}

/** Notes what settings are before a lab changes them, unless that is noted already. `down` puts them back. */
export interface NoteSysctls extends In {
  readonly op: 'note-sysctls';
  readonly lab: string;
  readonly keys: readonly string[];
}

export type SysctlOperation = NoteSysctls | SetSysctl;

export const sysctlOperations: Family<SysctlOperation> = {
  'note-sysctls': {
    change: 'add',
    describe: ({ namespace, keys }) =>
      `note ${keys.length > MANY ? `${keys.length} settings` : listed(keys)} ${at(namespace)}, to restore at the end`,
    explain: () => 'What the host has now is kept, to be put back when the lab goes.',
    render: ({ namespace, lab, keys }) => {
      const path = quote(notesPath(lab));
      return [`[ -e ${path} ] || ${inside(namespace, 'sysctl', keys)} > ${path}`];
    },
    subject: () => 'notes of settings',
    attends: true,
  },
  'set-sysctl': {
    change: 'change',
    describe: ({ namespace, key, value }) => `set ${key} ${at(namespace)} to ${value}`,
    explain: explainSetting,
    render: ({ namespace, key, value }) => writeSettings(namespace, [[key, value]]),
    subject: ({ key }) => `sysctl ${key}`,
  },
};

/** Where a script notes what the host's settings were: gone with a reboot, as the settings are. */
export const notesPath = (lab: string): string => `/run/netwright-${lab}.sysctl`;

/** Whether a namespace is a lab's own. */
const isSwitches = (namespace: NamespaceName): boolean => namespace !== HOST && nodeOf(namespace) === undefined;

function explainSetting({ namespace, key }: SetSysctl): string {
  if (key.endsWith('.addr_gen_mode'))
    return 'New interfaces make no IPv6 address by themselves: those that are wanted are given below.';
  if (isSwitches(namespace) && /\.(disable_ipv6|accept_ra|autoconf|accept_redirects)$/.test(key))
    return 'A switch is no host: what others advertise on its networks does not give it addresses or routes.';
  if (key.endsWith('forward') || key.endsWith('.forwarding'))
    return 'Packets that are for someone else are passed on: this is what makes a router.';
  if (key.endsWith('.rp_filter'))
    return 'Packets may arrive by another interface than the answer would leave by, as they do at routers.';
  if (/\.(accept_\w+|autoconf)$/.test(key))
    return 'What others on the link may tell it: where routers are, which addresses to take, how packets are to go.';
  return 'Settings of the network stack.';
}

/** Names that sysctl(8) reads as they are: it splits at the first `=`, and takes `*` for a pattern. */
const SIMPLE = /^[A-Za-z0-9_@+./-]+$/;

/** Settings and their values, in one command where sysctl(8) can name them all. */
export function writeSettings(
  namespace: NamespaceName,
  settings: readonly (readonly [key: string, value: string])[],
): string[] {
  if (settings.every(([key]) => SIMPLE.test(key)))
    return [inside(namespace, 'sysctl', '-qw', ...settings.map(([key, value]) => `${key}=${value}`))];
  return settings.map(
    ([key, value]) => `printf '%s\\n' ${quote(value)} | ${inside(namespace, 'tee', sysctlPath(key))} > /dev/null`,
  );
}

/** A setting of one interface: a dot in its name is written as a slash. */
export const interfaceSetting = (device: string, name: string): string =>
  `net.ipv4.conf.${device.replaceAll('.', '/')}.${name}`;
