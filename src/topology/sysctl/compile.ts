import { IP_FORWARD, IPV6_MIN_MTU, type InetConf, IPV4_FORWARDING_OF_ALL } from '../../state/index.ts';
import { UPLINK } from '../names.ts';
import { hasUplink, HOST_CONF, ROUTER_CONF, type WiredNode } from '../wiring/index.ts';
import { forwardingSysctls, NO_FORWARDING, NO_SOURCE_VALIDATION } from './settings.ts';

/** The number of interfaces of a node, including its uplink. */
export const interfaceCount = (node: WiredNode): number => node.interfaces.length + (hasUplink(node) ? 1 : 0);

/** Sysctls by name, as sysctl(8) writes it. */
export type Settings = Readonly<Record<string, string>>;

/**
 * All sysctls of a node. The user's override the others.
 * @param user the key `sysctls`
 * @param implied those of other features, such as a NAT
 */
export function compileSysctls(node: WiredNode, user: Settings, implied: Settings, ipv6: boolean): Settings {
  const base: Record<string, string> = {
    ...NO_FORWARDING,
    ...(node.forward && forwardingSysctls(ipv6)),
    ...(interfaceCount(node) > 1 && NO_SOURCE_VALIDATION),
    ...implied,
  };
  if (user[IPV4_FORWARDING_OF_ALL] !== undefined) delete base[IP_FORWARD];
  const all = { ...base, ...user };
  return { ...all, ...inherited(node, user, all) };
}

/** Settings that are set on each link anyway, or that differ between links. */
const NOT_INHERITED = /^(ipv4 (forwarding|rp_filter)|ipv6 (addr_gen_mode|stable_secret))$/;

/**
 * The user's settings for new interfaces (`conf.default`), for each interface by name: so interfaces that already exist
 * also get the setting, and lose it when the user removes it. In IPv4, the kernel also applies them to the loopback.
 */
function inherited(node: WiredNode, user: Settings, sysctls: Settings): Settings {
  const settings: Record<string, string> = {};
  for (const [key, value] of Object.entries(user)) {
    const [, family, name] = /^net\.(ipv[46])\.conf\.default\.([^.]+)$/.exec(key) ?? [];
    if (family === undefined) continue;
    const ends = NOT_INHERITED.test(`${family} ${name}`) ? [] : interfaceNames(node, family === 'ipv6');
    for (const end of family === 'ipv6' ? ends : ['lo', ...ends]) {
      const setting = `net.${family}.conf.${end.replaceAll('.', '/')}.${name}`;
      if (sysctls[setting] === undefined) settings[setting] = value;
    }
  }
  return settings;
}

const interfaceNames = (node: WiredNode, ipv6Only: boolean): string[] => [
  ...node.interfaces.filter(({ segment }) => !ipv6Only || segment.mtu >= IPV6_MIN_MTU).map(({ name }) => name),
  ...(hasUplink(node) ? [UPLINK] : []),
];

/** The user's sysctl that disables IPv6 on one of a node's interfaces; undefined if it is enabled. */
export function ipv6SwitchedOffBy(sysctls: Settings, name: string): string | undefined {
  return ['all', 'default', name.replaceAll('.', '/')]
    .map((scope) => `net.ipv6.conf.${scope}.disable_ipv6`)
    .find((key) => (sysctls[key] ?? '0') !== '0');
}

/** Whether a node has `forward`, and its key `sysctls`. */
export interface Forwarding {
  readonly forward: boolean;
  readonly sysctls: Settings;
}

/** The IPv4 settings of one of a node's interfaces, consistent with the user's sysctls. */
export function inetOf({ forward, sysctls }: Forwarding, name: string): InetConf {
  if (Object.keys(sysctls).length === 0) return forward ? ROUTER_CONF : HOST_CONF;
  const own = `net.ipv4.conf.${name.replaceAll('.', '/')}`;
  const setting = sysctls[`${own}.forwarding`] ?? sysctls[IP_FORWARD] ?? sysctls[IPV4_FORWARDING_OF_ALL];
  const forwarding = setting === undefined ? forward : setting !== '0';
  const redirects = [own, 'net.ipv4.conf.default', 'net.ipv4.conf.all']
    .map((prefix) => sysctls[`${prefix}.accept_redirects`])
    .find((value) => value !== undefined);
  return {
    ...(forwarding ? ROUTER_CONF : HOST_CONF),
    rpFilter: Number(sysctls[`${own}.rp_filter`] ?? 0),
    ...(redirects !== undefined && { acceptRedirects: redirects !== '0' }),
  };
}
