import { listed, sysctlPath } from '../../base/index.ts';
import { nodeOf, HOST, type NamespaceName } from '../../state/index.ts';
import { at } from '../place.ts';
import { inside, quote } from '../shell.ts';
import { MANY, type Family, type In } from './family.ts';

/** Sets a sysctl. */
export interface SetSysctl extends In {
  readonly op: 'set-sysctl';
  /** As in sysctl(8): `net.ipv4.ip_forward`. */
  readonly key: string;
  readonly value: string;
}

/** Saves the values of settings before a lab changes them, unless they are saved already. `down` restores them. */
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
      `save ${keys.length > MANY ? `${keys.length} settings` : listed(keys)} ${at(namespace)}, to restore on down`,
    explain: () => "The host's present values are saved; they are restored when the lab goes down.",
    render: ({ namespace, lab, keys }) => {
      const path = quote(savedSysctlsPath(lab));
      return [`[ -e ${path} ] || ${inside(namespace, 'sysctl', keys)} > ${path}`];
    },
    subject: () => 'saved settings',
    auxiliary: true,
  },
  'set-sysctl': {
    change: 'change',
    describe: ({ namespace, key, value }) => `set ${key} ${at(namespace)} to ${value}`,
    explain: explainSetting,
    render: ({ namespace, key, value }) => writeSettings(namespace, [[key, value]]),
    subject: ({ key }) => `sysctl ${key}`,
  },
};

/** The file where a script saves the host's settings: under /run, since a reboot resets the settings as well. */
export const savedSysctlsPath = (lab: string): string => `/run/netwright-${lab}.sysctl`;

/** Whether a namespace is the one that holds a lab's switches. */
const isSwitches = (namespace: NamespaceName): boolean => namespace !== HOST && nodeOf(namespace) === undefined;

function explainSetting({ namespace, key }: SetSysctl): string {
  if (key.endsWith('.addr_gen_mode'))
    return 'New interfaces generate no IPv6 link-local address: the addresses are added below.';
  if (isSwitches(namespace) && /\.(disable_ipv6|accept_ra|autoconf|accept_redirects)$/.test(key))
    return 'A switch is not a host: it takes no addresses or routes from router advertisements and redirects.';
  if (key.endsWith('forward') || key.endsWith('.forwarding'))
    return 'A router forwards packets that are addressed to others.';
  if (key.endsWith('.rp_filter'))
    return 'On a router, packets can arrive on another interface than the one for replies (asymmetric routing).';
  if (/\.(accept_\w+|autoconf)$/.test(key))
    return 'Whether it takes routes and addresses from others: redirects, source routing, router advertisements.';
  return 'Settings of the network stack.';
}

/** Keys that sysctl(8) takes literally: it splits at the first `=`, and reads `*` as a pattern. */
const SIMPLE = /^[A-Za-z0-9_@+./-]+$/;

/** Commands that write settings: one sysctl(8) command if it takes all the keys literally. */
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

/** The key of an interface's IPv4 setting, with each dot in the interface name as a slash. */
export const interfaceSetting = (device: string, name: string): string =>
  `net.ipv4.conf.${device.replaceAll('.', '/')}.${name}`;
