import { contains, familyOf, isIp, parseCidr, parseIp, type Cidr, type Family, type Ip } from '../addr/index.ts';
import { listed } from '../base/index.ts';
import { parseHosts, readWrittenResolvConf, type WrittenResolvConf } from '../names/index.ts';
import { linkTarget } from '../netns/index.ts';
import type { Resolver } from '../topology/index.ts';
import { readText } from '../proc/index.ts';

const RESOLV_CONF = '/etc/resolv.conf';
/** The upstream nameservers of systemd-resolved (systemd-resolved.service(8)). */
const UPSTREAMS = '/run/systemd/resolve/resolv.conf';

/** Loopback and link-local addresses of the host, which nodes cannot reach. */
const LOCAL = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '::/127', 'fe80::/10'].map(parseCidr);
/** Multicast, and fe00::, which Debian calls ip6-localnet: not addresses of a host. */
const NOT_UNICAST = ['224.0.0.0/4', 'ff00::/8', 'fe00::/9'].map(parseCidr);

const isWithin = (ranges: readonly Cidr[], ip: Ip): boolean => ranges.some((range) => contains(range, ip));

/**
 * The resolver settings of nodes with an uplink: those of the host, with the nameservers that nodes can reach.
 * @param families the address families of the uplink
 */
export function hostResolver(families: readonly Family[]): { resolver?: Resolver; warnings: readonly string[] } {
  const own = readResolvConf(RESOLV_CONF);
  if (own === undefined) return { warnings: [`${missing()}: nodes can resolve only each other's names`] };
  const reachable = (text: string): boolean =>
    isIp(text) && families.includes(familyOf(parseIp(text))) && !isWithin(LOCAL, parseIp(text));
  for (const { nameservers, settings } of [own, readResolvConf(UPSTREAMS) ?? own]) {
    const usable = nameservers.filter(reachable).map(parseIp);
    if (usable.length > 0) return { resolver: { nameservers: usable, settings }, warnings: [] };
  }
  const fault =
    own.nameservers.length === 0
      ? 'has no nameserver'
      : `has only ${listed(own.nameservers)}, which nodes cannot reach`;
  return {
    warnings: [
      `${RESOLV_CONF} ${fault}: nodes can resolve only each other's names; add a nameserver there, then run \`up\` again`,
    ],
  };
}

/** Undefined if the file does not exist. */
function readResolvConf(path: string): WrittenResolvConf | undefined {
  const text = readText(path, 'utf8');
  return text === undefined ? undefined : readWrittenResolvConf(text);
}

/** The names in the host's /etc/hosts, without loopback, link-local and multicast addresses. */
export function hostNames(): (readonly [name: string, addresses: readonly Ip[]])[] {
  return [...parseHosts(readText('/etc/hosts', 'utf8') ?? '').addresses].flatMap(([name, addresses]) => {
    const others = addresses.filter((ip) => !isWithin(LOCAL, ip) && !isWithin(NOT_UNICAST, ip));
    return others.length === 0 ? [] : [[name, others] as const];
  });
}

/** Why the host's resolv.conf cannot be read. */
function missing(): string {
  const target = linkTarget(RESOLV_CONF);
  return target === undefined
    ? `there is no readable ${RESOLV_CONF}`
    : `${RESOLV_CONF} is a symbolic link to ${target}, which does not exist`;
}
