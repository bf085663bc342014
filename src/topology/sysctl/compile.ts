import { IP_FORWARD, IPV6_MIN_MTU, type InetConf, IPV4_FORWARDING_OF_ALL } from '../../state/index.ts';
import { UPLINK } from '../names.ts';
import { hasUplink, HOST_CONF, ROUTER_CONF, type WiredNode } from '../wiring/index.ts';
import { forwardingSysctls, NO_FORWARDING, NO_SOURCE_VALIDATION } from './settings.ts';

/** How many interfaces a node has, its uplink among them. */
export const interfaceCount = (node: WiredNode): number => node.interfaces.length + (hasUplink(node) ? 1 : 0);

/** Sysctls by name, as sysctl(8) writes it. */
export type Settings = Readonly<Record<string, string>>;

/**
 * A node's sysctls: ours, and over them the user's.
 * @param own the user's
 * @param more ours of other features
 */
export function compileSysctls(node: WiredNode, own: Settings, more: Settings, ipv6: boolean): Settings {
  const ours: Record<string, string> = {
    ...NO_FORWARDING,
    ...(node.forward && forwardingSysctls(ipv6)),
    ...(interfaceCount(node) > 1 && NO_SOURCE_VALIDATION),
    ...more,
  };
  if (own[IPV4_FORWARDING_OF_ALL] !== undefined) delete ours[IP_FORWARD];
  const all = { ...ours, ...own };
  return { ...all, ...inherited(node, own, all) };
}

/** Settings that links have of their own anyway, or that are different on each. */
const NOT_INHERITED = /^(ipv4 (forwarding|rp_filter)|ipv6 (addr_gen_mode|stable_secret))$/;

/**
 * What interfaces have of the user's settings for new ones: said of each, so that those that were there before the setting
 * get it, too, and lose it with it. The kernel gives IPv4's to the loopback as well.
 */
function inherited(node: WiredNode, own: Settings, sysctls: Settings): Settings {
  const given: Record<string, string> = {};
  for (const [key, value] of Object.entries(own)) {
    const [, family, name] = /^net\.(ipv[46])\.conf\.default\.([^.]+)$/.exec(key) ?? [];
    if (family === undefined) continue;
    const ends = NOT_INHERITED.test(`${family} ${name}`) ? [] : interfaceNames(node, family === 'ipv6');
    for (const end of family === 'ipv6' ? ends : ['lo', ...ends]) {
      const named = `net.${family}.conf.${end.replaceAll('.', '/')}.${name}`;
      if (sysctls[named] === undefined) given[named] = value;
    }
  }
  return given;
}

const interfaceNames = (node: WiredNode, haveIpv6: boolean): string[] => [
  ...node.interfaces.filter(({ segment }) => !haveIpv6 || segment.mtu >= IPV6_MIN_MTU).map(({ name }) => name),
  ...(hasUplink(node) ? [UPLINK] : []),
];

/** The setting of the user's that switches IPv6 off on one of a node's interfaces; undefined when it is on. */
export function ipv6SwitchedOffBy(sysctls: Settings, name: string): string | undefined {
  return ['all', 'default', name.replaceAll('.', '/')]
    .map((where) => `net.ipv6.conf.${where}.disable_ipv6`)
    .find((key) => (sysctls[key] ?? '0') !== '0');
}

/** Whether a node forwards, and the user's sysctls of it. */
export interface Forwarding {
  readonly forward: boolean;
  readonly sysctls: Settings;
}

/** IPv4's settings of one of a node's interfaces: what the user's sysctls will make of them, lest the two disagree. */
export function inetOf({ forward, sysctls }: Forwarding, name: string): InetConf {
  if (Object.keys(sysctls).length === 0) return forward ? ROUTER_CONF : HOST_CONF;
  const own = `net.ipv4.conf.${name.replaceAll('.', '/')}`;
  const told = sysctls[`${own}.forwarding`] ?? sysctls[IP_FORWARD] ?? sysctls[IPV4_FORWARDING_OF_ALL];
  const forwarding = told === undefined ? forward : told !== '0';
  const redirects = [own, 'net.ipv4.conf.default', 'net.ipv4.conf.all']
    .map((where) => sysctls[`${where}.accept_redirects`])
    .find((value) => value !== undefined);
  return {
    ...(forwarding ? ROUTER_CONF : HOST_CONF),
    rpFilter: Number(sysctls[`${own}.rp_filter`] ?? 0),
    ...(redirects !== undefined && { acceptRedirects: redirects !== '0' }),
  };
}
