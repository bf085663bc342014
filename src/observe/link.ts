import { decodeInet6Conf, decodeInetConf, IFF_LOOPBACK, IFF_UP, type Link } from '../rtnetlink/index.ts';
import type { AddressState, InetConf, LinkState } from '../state/index.ts';

/** Tunnels that the kernel puts into every new namespace when their module is loaded (net.core.fb_tunnels_only_for_init_net). */
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

/** A link in NetworkState's words. A veth's other end is found later: see peer.ts. */
export function linkState(
  link: Link,
  nameOf: (index: number | undefined) => string | undefined,
  addresses: readonly AddressState[],
): LinkState {
  const kind = link.linkInfo?.kind ?? ((link.flags & IFF_LOOPBACK) === 0 ? 'physical' : 'loopback');
  const master = link.master === undefined ? undefined : (nameOf(link.master) ?? `index ${link.master}`);
  const data = link.linkInfo?.data;
  const port = link.linkInfo?.slaveData;
  const inet = inetConf(link);
  const conf6 = link.afSpec?.inet6?.conf;
  const { disableIpv6, ...inet6 } = conf6 === undefined ? { disableIpv6: 0 } : decodeInet6Conf(conf6);
  const addrGenMode = link.afSpec?.inet6?.addrGenMode as LinkState['addrGenMode'];
  return {
    kind,
    up: (link.flags & IFF_UP) !== 0,
    mtu: link.mtu ?? 0,
    ...(typeof link.address === 'string' && kind !== 'loopback' ? { mac: link.address } : {}),
    ...(master === undefined ? {} : { master }),
    ...(link.propList === undefined ? {} : { altNames: link.propList.toSorted() }),
    addresses,
    ...(inet === undefined || kind === 'loopback' ? {} : { inet }),
    ...(addrGenMode === undefined || kind === 'loopback' ? {} : { addrGenMode }),
    ...('acceptRa' in inet6 && kind !== 'loopback' ? { inet6 } : {}),
    ...(disableIpv6 === 0 ? {} : { ipv6Off: true as const }),
    ...(isRecord(data) ? { options: plainMembers(data) } : {}),
    ...(isRecord(port) ? { port: plainMembers(port) } : {}),
  };
}

function inetConf(link: Link): InetConf | undefined {
  const conf = link.afSpec?.inet?.conf;
  if (conf === undefined) return undefined;
  const { forwarding, rpFilter, acceptRedirects } = decodeInetConf(conf);
  return { forwarding: forwarding === 1, rpFilter: rpFilter ?? 0, acceptRedirects: acceptRedirects !== 0 };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !(value instanceof Uint8Array);

/** The members that are numbers, texts or switches: what options are made of. */
function plainMembers(data: Readonly<Record<string, unknown>>): Record<string, string | number | boolean> {
  const members: Record<string, string | number | boolean> = {};
  for (const [key, value] of Object.entries(data)) {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') members[key] = value;
  }
  return members;
}

const OF_INTERFACE = /^net\.(ipv[46])\.conf\.([^.]+)\.(\w+)$/;

/** A setting of an interface as its file would say it, where links tell of it; undefined where they do not. */
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
  // The kernel's numbers have a sign.
  return value === undefined ? undefined : value | 0;
}

function setting6(setting: string, conf: Uint8Array | undefined): number | undefined {
  if (conf === undefined) return undefined;
  const { acceptRa, acceptRedirects, autoconf } = decodeInet6Conf(conf);
  return { accept_ra: acceptRa, accept_redirects: acceptRedirects, autoconf }[setting];
}
