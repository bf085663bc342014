import { contains, familyOf, isIp, parseCidr, parseIp, type Cidr, type Family, type Ip } from '../addr/index.ts';
import { listed } from '../base/index.ts';
import { parseHosts, readWrittenResolvConf, type WrittenResolvConf } from '../names/index.ts';
import { linkTarget } from '../netns/index.ts';
import type { Resolver } from '../topology/index.ts';
import { readText } from '../proc/index.ts';

const RESOLV_CONF = '/etc/resolv.conf';
/** Where systemd-resolved keeps the nameservers that it asks itself (systemd-resolved.service(8)). */
const UPSTREAMS = '/run/systemd/resolve/resolv.conf';

/** What means this machine, or something on one link of it: from a node it is another, or nothing. */
const LOCAL = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '::/127', 'fe80::/10'].map(parseCidr);
/** Addresses of no single machine; fe00:: is what Debian calls ip6-localnet. */
const NOBODYS = ['224.0.0.0/4', 'ff00::/8', 'fe00::/9'].map(parseCidr);

const isWithin = (ranges: readonly Cidr[], ip: Ip): boolean => ranges.some((range) => contains(range, ip));

/**
 * How nodes with a way out look names up: as the host does, with those of its nameservers that they can reach.
 * @param families those of the way out
 */
export function hostResolver(families: readonly Family[]): { resolver?: Resolver; warnings: readonly string[] } {
  const own = readResolvConf(RESOLV_CONF);
  if (own === undefined) return { warnings: [`${missing()}: nodes can resolve only each other's names`] };
  const reachable = (text: string): boolean =>
    isIp(text) && families.includes(familyOf(parseIp(text))) && !isWithin(LOCAL, parseIp(text));
  for (const { nameservers, settings } of [own, readResolvConf(UPSTREAMS) ?? own]) {
    const found = nameservers.filter(reachable).map(parseIp);
    if (found.length > 0) return { resolver: { nameservers: found, settings }, warnings: [] };
  }
  const named =
    own.nameservers.length === 0
      ? 'has no nameserver'
      : `has only ${listed(own.nameservers)}, which nodes cannot reach`;
  return {
    warnings: [
      `${RESOLV_CONF} ${named}: nodes can resolve only each other's names; add a nameserver there, then run \`up\` again`,
    ],
  };
}

/** Undefined when there is no such file. */
function readResolvConf(path: string): WrittenResolvConf | undefined {
  const text = readText(path, 'utf8');
  return text === undefined ? undefined : readWrittenResolvConf(text);
}

/** The names in the host's file of hosts, those left out that stand for this machine itself or for no machine. */
export function hostNames(): (readonly [name: string, addresses: readonly Ip[]])[] {
  return [...parseHosts(readText('/etc/hosts', 'utf8') ?? '').addresses].flatMap(([name, addresses]) => {
    const others = addresses.filter((ip) => !isWithin(LOCAL, ip) && !isWithin(NOBODYS, ip));
    return others.length === 0 ? [] : [[name, others] as const];
  });
}

/** Why the host's file is not there. */
function missing(): string {
  const target = linkTarget(RESOLV_CONF);
  return target === undefined
    ? `there is no readable ${RESOLV_CONF}`
    : `${RESOLV_CONF} is a symbolic link to ${target}, which does not exist`;
}
