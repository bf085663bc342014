import { familyOf } from '../addr/index.ts';
import type { InetConf, NamespaceState, TableState } from '../state/index.ts';
import type { Issues } from '../format/index.ts';
import { FORWARDING, NOT_FORWARDING } from './links.ts';
import { hasUplink, type ModelNode } from './model.ts';
import { natSysctls } from './nat/settings.ts';
import { IPV6_MIN_MTU } from '../state/index.ts';
import { UPLINK } from './uplink-names.ts';

export const FORWARD_V4 = 'net.ipv4.ip_forward';
export const FORWARD_V6 = 'net.ipv6.conf.all.forwarding';

/** What a namespace has that is no router: said, since a new one begins with what the host has. */
export const NO_FORWARDING: Readonly<Record<string, string>> = { [FORWARD_V4]: '0' };

/**
 * What a lab's own namespace has, which is no host on its networks: what others advertise there changes nothing, and new
 * links have IPv6 off until they are told to have it. The higher of `all` and the interface's own counts of redirects.
 */
export const switchSysctls = (ipv6: boolean): Readonly<Record<string, string>> => ({
  ...NO_FORWARDING,
  'net.ipv4.conf.all.accept_redirects': '0',
  ...(ipv6 && {
    'net.ipv6.conf.default.disable_ipv6': '1',
    'net.ipv6.conf.default.accept_ra': '0',
    'net.ipv6.conf.default.autoconf': '0',
    'net.ipv6.conf.default.accept_redirects': '0',
    'net.ipv6.conf.default.addr_gen_mode': '1',
  }),
});

/** The sysctls that make a namespace a router. */
export function forwardingSysctls(ipv6: boolean): Record<string, string> {
  return { [FORWARD_V4]: '1', ...(ipv6 && { [FORWARD_V6]: '1' }) };
}

/**
 * Off, since the higher of `all` and the interface's own counts and a new namespace inherits the host's `all`: strict
 * validation drops what arrives by another way than answers would leave.
 */
export const NO_SOURCE_VALIDATION: Readonly<Record<string, string>> = { 'net.ipv4.conf.all.rp_filter': '0' };

/**
 * Settings of a namespace with rules that reject: whoever waits is told each time, and not a few times and then once a
 * second, as the kernel sends ICMP errors to each sender.
 */
export const answeringSysctls = (tables: NamespaceState['tables'], ipv6: boolean): Readonly<Record<string, string>> =>
  Object.values(tables).some(rejects) ? { [ICMP_LIMITED]: '0', ...(ipv6 && { [ICMPV6_LIMIT]: '0' }) } : {};

/** The types of ICMP messages of which there may be too many, as bits. */
const ICMP_LIMITED = 'net.ipv4.icmp_ratemask';
/** Milliseconds between two messages. */
const ICMPV6_LIMIT = 'net.ipv6.icmp.ratelimit';

const rejects = ({ chains }: TableState): boolean =>
  Object.values(chains).some(({ rules }) =>
    rules.some(({ statements }) => statements.some((statement) => 'reject' in statement)),
  );

const interfaceCount = (node: ModelNode): number => node.interfaces.length + (hasUplink(node) ? 1 : 0);

/** The same setting under the name that it has among those of all interfaces. */
const FORWARD_V4_OF_ALL = 'net.ipv4.conf.all.forwarding';

/** A node's sysctls: ours, and over them the user's. */
export function sysctlsOf(node: ModelNode, ipv6: boolean): Record<string, string> {
  const ours: Record<string, string> = {
    ...NO_FORWARDING,
    ...(node.forward && forwardingSysctls(ipv6)),
    ...(interfaceCount(node) > 1 && NO_SOURCE_VALIDATION),
    ...(node.nat !== undefined && natSysctls(node.nat.policy)),
  };
  if (node.sysctls[FORWARD_V4_OF_ALL] !== undefined) delete ours[FORWARD_V4];
  const all = { ...ours, ...node.sysctls };
  return { ...all, ...inherited(node, all) };
}

/** Settings that links have of their own anyway, or that are different on each. */
const NOT_INHERITED = /^(ipv4 (forwarding|rp_filter)|ipv6 (addr_gen_mode|stable_secret))$/;

/**
 * What interfaces have of the user's settings for new ones: said of each, so that those that were there before the setting
 * get it, too, and lose it with it. The kernel gives IPv4's to the loopback as well.
 */
function inherited(node: ModelNode, sysctls: Readonly<Record<string, string>>): Record<string, string> {
  const given: Record<string, string> = {};
  for (const [key, value] of Object.entries(node.sysctls)) {
    const [, family, name] = /^net\.(ipv[46])\.conf\.default\.([^.]+)$/.exec(key) ?? [];
    if (family === undefined) continue;
    const ends = NOT_INHERITED.test(`${family} ${name}`) ? [] : interfaceNames(node, family === 'ipv6');
    for (const end of family === 'ipv6' ? ends : ['lo', ...ends]) {
      const own = `net.${family}.conf.${end.replaceAll('.', '/')}.${name}`;
      if (sysctls[own] === undefined) given[own] = value;
    }
  }
  return given;
}

const interfaceNames = (node: ModelNode, haveIpv6: boolean): string[] => [
  ...node.interfaces.filter(({ segment }) => !haveIpv6 || segment.mtu >= IPV6_MIN_MTU).map(({ name }) => name),
  ...(hasUplink(node) ? [UPLINK] : []),
];

/** The setting of the user's that switches IPv6 off on one of a node's interfaces; undefined when it is on. */
export function ipv6SwitchedOffBy({ sysctls }: ModelNode, name: string): string | undefined {
  return ['all', 'default', name.replaceAll('.', '/')]
    .map((where) => `net.ipv6.conf.${where}.disable_ipv6`)
    .find((key) => (sysctls[key] ?? '0') !== '0');
}

/** IPv4's settings of one of a node's interfaces: what the user's sysctls will make of them, lest the two disagree. */
export function inetOf({ forward, sysctls }: Pick<ModelNode, 'forward' | 'sysctls'>, name: string): InetConf {
  if (Object.keys(sysctls).length === 0) return forward ? FORWARDING : NOT_FORWARDING;
  const own = `net.ipv4.conf.${name.replaceAll('.', '/')}`;
  const told = sysctls[`${own}.forwarding`] ?? sysctls[FORWARD_V4] ?? sysctls[FORWARD_V4_OF_ALL];
  const forwarding = told === undefined ? forward : told !== '0';
  const redirects = [own, 'net.ipv4.conf.default', 'net.ipv4.conf.all']
    .map((where) => sysctls[`${where}.accept_redirects`])
    .find((value) => value !== undefined);
  return {
    ...(forwarding ? FORWARDING : NOT_FORWARDING),
    rpFilter: Number(sysctls[`${own}.rp_filter`] ?? 0),
    ...(redirects !== undefined && { acceptRedirects: redirects !== '0' }),
  };
}

/** What the user's own settings will break. */
export function sysctlWarnings(node: ModelNode, issues: Issues): string[] {
  const warnings: string[] = [];
  for (const [name, value] of Object.entries(node.sysctls)) {
    const path = [...node.path, 'sysctls', name];
    if (value === '1' && /^net\.ipv4\.conf\.[^.]+\.rp_filter$/.test(name) && interfaceCount(node) > 1) {
      const message = `strict source validation on "${node.name}", which has several interfaces, drops packets that arrive by another way than answers leave: 2 is loose, 0 is off`;
      warnings.push(issues.locate(path, message));
    }
    if (value === '0' && [FORWARD_V4, FORWARD_V4_OF_ALL, FORWARD_V6].includes(name) && node.forward) {
      warnings.push(issues.locate(path, `"${node.name}" has "forward: true", which this sysctl takes back`));
    }
  }
  for (const { name, addresses } of node.interfaces) {
    const off = ipv6SwitchedOffBy(node, name);
    const address = addresses.find((candidate) => familyOf(candidate) === 6);
    if (off !== undefined && address !== undefined)
      issues.add(
        [...node.path, 'sysctls', off],
        `IPv6 is switched off on ${name} of "${node.name}", which has the address ${address}`,
      );
  }
  return warnings;
}
