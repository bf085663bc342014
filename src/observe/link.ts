import { decodeOptions, findKind, kindOf, KINDS, optionsIn, type AnyKind } from '../kinds/index.ts';
import { decodeInet6Conf, decodeInetConf, IFF_LOOPBACK, IFF_UP, type Link } from '../rtnetlink/index.ts';
import type { AddressState, InetConf, LinkBase, LinkState } from '../state/index.ts';

/** The fallback tunnels that loaded modules create in each new namespace (net.core.fb_tunnels_only_for_init_net). */
const FALLBACK_TUNNELS = new Set([
  'tunl0',
  'gre0',
  'gretap0',
  'erspan0',
  'ip_vti0',
  'ip6_vti0',
  'sit0',
  'ip6tnl0',
  'ip6gre0',
]);

export const isFallbackTunnel = (link: Link): boolean =>
  FALLBACK_TUNNELS.has(link.name ?? '') && (link.flags & IFF_UP) === 0;

const LOOPBACK = kindOf(KINDS.loopback.name);

/** The kind of a link, and its lower link. */
export interface KindOfLink {
  /** Undefined for a kind that Netwright does not create. */
  readonly kind: AnyKind | undefined;
  /** The index of the lower link, in the namespace of `linkNetnsId`. */
  readonly lower: number | undefined;
}

export function kindOfLink(link: Link): KindOfLink {
  const name = link.linkInfo?.kind;
  const kind = name === undefined ? ((link.flags & IFF_LOOPBACK) === 0 ? undefined : LOOPBACK) : findKind(name);
  if (kind?.lower === undefined) return { kind, lower: undefined };
  const index = kind.lower.in === 'data' ? (link.linkInfo?.data as { link?: number } | undefined)?.link : link.link;
  return { kind, lower: index === 0 ? undefined : index };
}

/** Converts a link to a LinkState, without the peer and without a lower link in another namespace: see join.ts. */
export function linkState(
  link: Link,
  { kind, lower }: KindOfLink,
  nameOf: (index: number | undefined) => string | undefined,
  addresses: readonly AddressState[],
): LinkState {
  const named = (index: number): string => nameOf(index) ?? `index ${index}`;
  const data = link.linkInfo?.data;
  const port = portOptions(link);
  const isLoopback = kind === LOOPBACK;
  const inet = inetConf(link);
  const conf6 = link.afSpec?.inet6?.conf;
  const { disableIpv6, ...inet6 } = conf6 === undefined ? { disableIpv6: 0 } : decodeInet6Conf(conf6);
  const addrGenMode = link.afSpec?.inet6?.addrGenMode as LinkState['addrGenMode'];
  const base: LinkBase = {
    up: (link.flags & IFF_UP) !== 0,
    mtu: link.mtu ?? 0,
    ...(typeof link.address === 'string' && !isLoopback ? { mac: link.address } : {}),
    ...(link.group === undefined || link.group === 0 ? {} : { group: link.group }),
    ...(link.master === undefined ? {} : { master: named(link.master) }),
    ...(link.propList === undefined ? {} : { altNames: link.propList.toSorted() }),
    addresses,
    ...(inet === undefined || isLoopback ? {} : { inet }),
    ...(addrGenMode === undefined || isLoopback ? {} : { addrGenMode }),
    ...('acceptRa' in inet6 && !isLoopback ? { inet6 } : {}),
    ...(disableIpv6 === 0 ? {} : { ipv6Off: true as const }),
    ...(port === undefined ? {} : { port }),
  };
  if (kind === undefined) return { kind: 'other', type: link.linkInfo?.kind ?? 'physical', ...base };
  return {
    kind: kind.name,
    ...base,
    ...(isRecord(data) && hasOptions(kind.options) ? { options: decodeOptions(kind, data) } : {}),
    ...(lower === undefined ? {} : { lower: { name: named(lower) } }),
  } as LinkState;
}

function hasOptions(options: AnyKind['options']): boolean {
  for (const _ in options) return true;
  return false;
}

/** The settings of a link as a port of its master. */
function portOptions({ linkInfo }: Link): LinkBase['port'] {
  const data = linkInfo?.slaveData;
  const options = findKind(linkInfo?.slaveKind ?? '')?.port?.options;
  return options !== undefined && isRecord(data) && hasOptions(options) ? optionsIn(options, data) : undefined;
}

function inetConf(link: Link): InetConf | undefined {
  const conf = link.afSpec?.inet?.conf;
  if (conf === undefined) return undefined;
  const { forwarding, rpFilter, acceptRedirects } = decodeInetConf(conf);
  return { forwarding: forwarding === 1, rpFilter: rpFilter ?? 0, acceptRedirects: acceptRedirects !== 0 };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !(value instanceof Uint8Array);

const OF_INTERFACE = /^net\.(ipv[46])\.conf\.([^.]+)\.(\w+)$/;

/** The value of an interface's sysctl, as in its file, if link messages contain it; otherwise undefined. */
export function settingOfLink(key: string, links: readonly Link[]): string | undefined {
  const [, family, interfaceName, setting] = OF_INTERFACE.exec(key) ?? [];
  if (interfaceName === undefined) return undefined;
  const name = interfaceName.replaceAll('/', '.');
  const spec = links.find((link) => link.name === name)?.afSpec;
  return (family === 'ipv4' ? setting4(setting!, spec?.inet?.conf) : setting6(setting!, spec?.inet6?.conf))?.toString();
}

function setting4(setting: string, conf: Parameters<typeof decodeInetConf>[0] | undefined): number | undefined {
  if (conf === undefined || (setting !== 'accept_redirects' && setting !== 'accept_source_route')) return undefined;
  const { acceptRedirects, acceptSourceRoute } = decodeInetConf(conf);
  const value = setting === 'accept_redirects' ? acceptRedirects : acceptSourceRoute;
  // The kernel's values are signed.
  return value === undefined ? undefined : value | 0;
}

function setting6(setting: string, conf: Uint8Array | undefined): number | undefined {
  if (conf === undefined) return undefined;
  const { acceptRa, acceptRedirects, autoconf } = decodeInet6Conf(conf);
  return { accept_ra: acceptRa, accept_redirects: acceptRedirects, autoconf }[setting];
}
