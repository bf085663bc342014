import { EncodeError } from '../../wire/index.ts';
import { didYouMean } from '../../base/text.ts';
import { CtKey } from '../expr/ct.ts';
import { FibFlag, FibResult } from '../expr/fib.ts';
import { expr, type Expr } from '../expr/index.ts';
import { MetaKey } from '../expr/meta.ts';
import { PayloadBase } from '../expr/payload.ts';
import type { Selector, TableFamily } from '../../model/index.ts';
import { dataType, interfaceIndex, type DataType, type Interfaces } from '../words/datatype.ts';

/** A part of the packet by its place, or something known of it by its key. */
export type Source =
  | { readonly from: 'payload'; readonly base: number; readonly offset: number; readonly len: number }
  | { readonly from: 'meta' | 'ct'; readonly key: number }
  | { readonly from: 'fib'; readonly result: number; readonly flags: number };

/** What the packet must be for a selector to make sense; nft puts it into the rule by itself. */
export interface Needs {
  readonly link?: 'ether';
  readonly network?: 'ip' | 'ip6';
  readonly transport?: 'tcp' | 'udp' | 'sctp' | 'icmp' | 'ipv6-icmp';
}

export interface SelectorSpec {
  readonly source: Source;
  readonly type: DataType;
  readonly needs: Needs;
}

const payload = (base: keyof typeof PayloadBase, offset: number, type: string, needs: Needs): SelectorSpec => {
  const found = dataType(type);
  return { source: { from: 'payload', base: PayloadBase[base], offset, len: found.size }, type: found, needs };
};
const meta = (key: keyof typeof MetaKey, type: string): SelectorSpec => ({
  source: { from: 'meta', key: MetaKey[key] },
  type: dataType(type),
  needs: {},
});
const ct = (key: keyof typeof CtKey, type: string): SelectorSpec => ({
  source: { from: 'ct', key: CtKey[key] },
  type: dataType(type),
  needs: {},
});

const ip: Needs = { network: 'ip' };
const ip6: Needs = { network: 'ip6' };
const port = (transport: 'tcp' | 'udp' | 'sctp', offset: number) =>
  payload('transport', offset, 'inet_service', { transport });

const selectors: Readonly<Record<Selector & Simple, SelectorSpec>> = {
  'ip saddr': payload('network', 12, 'ipv4_addr', ip),
  'ip daddr': payload('network', 16, 'ipv4_addr', ip),
  'ip protocol': payload('network', 9, 'inet_proto', ip),
  'ip6 saddr': payload('network', 8, 'ipv6_addr', ip6),
  'ip6 daddr': payload('network', 24, 'ipv6_addr', ip6),
  'ip6 nexthdr': payload('network', 6, 'inet_proto', ip6),
  'tcp sport': port('tcp', 0),
  'tcp dport': port('tcp', 2),
  'udp sport': port('udp', 0),
  'udp dport': port('udp', 2),
  'sctp sport': port('sctp', 0),
  'sctp dport': port('sctp', 2),
  'icmp type': payload('transport', 0, 'icmp_type', { network: 'ip', transport: 'icmp' }),
  'icmpv6 type': payload('transport', 0, 'icmpv6_type', { network: 'ip6', transport: 'ipv6-icmp' }),
  // After those that name a transport protocol: a port is given its protocol's name where that is known.
  'th sport': payload('transport', 0, 'inet_service', {}),
  'th dport': payload('transport', 2, 'inet_service', {}),
  'ether daddr': payload('link', 0, 'ether_addr', { link: 'ether' }),
  'ether saddr': payload('link', 6, 'ether_addr', { link: 'ether' }),
  'ether type': payload('link', 12, 'ether_type', { link: 'ether' }),
  iifname: meta('iifname', 'ifname'),
  oifname: meta('oifname', 'ifname'),
  iif: meta('iif', 'iface_index'),
  oif: meta('oif', 'iface_index'),
  'meta mark': meta('mark', 'mark'),
  'meta l4proto': meta('l4proto', 'inet_proto'),
  'meta nfproto': meta('nfproto', 'nf_proto'),
  'meta protocol': meta('protocol', 'ether_type'),
  'meta skuid': meta('skuid', 'uid'),
  'ct state': ct('state', 'ct_state'),
  'ct mark': ct('mark', 'mark'),
  'ct direction': ct('direction', 'ct_dir'),
  'ct status': ct('status', 'ct_status'),
  'fib daddr type': {
    source: { from: 'fib', result: FibResult.addrtype, flags: FibFlag.daddr },
    type: dataType('fib_addrtype'),
    needs: {},
  },
};

/** A selector that looks at one thing; several joined by ` . ` are a concatenation. */
type Simple = Exclude<Selector, `${string} . ${string}`>;

export const CONCATENATION = ' . ';

/** The selector's parts in order: more than one for `ip saddr . tcp dport`. */
export function partsOf(selector: string, interfaces: Interfaces): readonly SelectorSpec[] {
  return selector.split(CONCATENATION).map((part) => {
    if (!Object.hasOwn(selectors, part)) {
      throw new EncodeError('a match', `there is no selector "${part}"${didYouMean(part, Object.keys(selectors))}`);
    }
    return withInterfaces(selectors[part as Simple], interfaces);
  });
}

function withInterfaces(spec: SelectorSpec, interfaces: Interfaces): SelectorSpec {
  return spec.type.name === 'iface_index' ? { ...spec, type: interfaceIndex(interfaces) } : spec;
}

/** The expression that loads the source into a register; `len` shortens a payload to what a prefix needs. */
export function load(source: Source, dreg: number, len?: number): Expr {
  switch (source.from) {
    case 'payload':
      return expr('payload', { dreg, base: source.base, offset: source.offset, len: len ?? source.len });
    case 'fib':
      return expr('fib', { dreg, result: source.result, flags: source.flags });
    default:
      return expr(source.from, { dreg, key: source.key });
  }
}

/** What is known of the packet at some point of a rule. */
export interface Known {
  readonly family: TableFamily;
  network?: string | undefined;
  transport?: string | undefined;
  link?: string | undefined;
}

export const knownOf = (family: TableFamily): Known => ({
  family,
  ...(family === 'ip' || family === 'ip6' ? { network: family } : {}),
  ...(family === 'arp' ? { network: 'arp' } : {}),
  ...(family === 'bridge' ? { link: 'ether' } : {}),
});

const entries = Object.entries(selectors) as [Simple, SelectorSpec][];

/** The selector that a source is, given what is known of the packet; a payload may be shorter, as prefixes are compared. */
export function selectorOf(source: Source, known: Known): Simple | undefined {
  return entries.find(
    ([, spec]) => holds(source, spec.source) && (source.from !== 'payload' || fits(spec.needs, known)),
  )?.[0];
}

function holds(source: Source, candidate: Source): boolean {
  if (source.from === 'payload' && candidate.from === 'payload') {
    return candidate.base === source.base && candidate.offset === source.offset && source.len <= candidate.len;
  }
  if (source.from === 'fib' && candidate.from === 'fib') {
    return source.result === candidate.result && source.flags === candidate.flags;
  }
  return source.from === candidate.from && 'key' in source && 'key' in candidate && source.key === candidate.key;
}

/** Whether it is known that the packet has such a header. What carries ICMP need not be. */
function fits({ link, network, transport }: Needs, known: Known): boolean {
  if (transport !== undefined) return known.transport === transport;
  return (network === undefined || known.network === network) && (link === undefined || known.link === link);
}
