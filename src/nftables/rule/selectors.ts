import { EncodeError } from '../../wire/index.ts';
import { didYouMean } from '../../base/index.ts';
import {
  CtDirection,
  CtKey,
  FibFlag,
  FibResult,
  expr,
  type Expr,
  MetaKey,
  PayloadBase,
  SocketKey,
} from '../expr/index.ts';
import type { Field, RawField, TableFamily } from '../../state/index.ts';
import {
  bytesOf,
  dataType,
  interfaceIndex,
  timeSpan,
  type DataType,
  type Interfaces,
  bytesToNumber,
  numberToBytes,
} from '../words/index.ts';

/** A part of the packet by its place, or something known of it by its key. */
export type Source =
  | { readonly from: 'payload'; readonly base: number; readonly offset: number; readonly len: number }
  | { readonly from: 'meta' | 'socket'; readonly key: number }
  | { readonly from: 'ct'; readonly key: number; readonly direction?: number }
  | { readonly from: 'fib'; readonly result: number; readonly flags: number };

/** What the packet must be for a selector to make sense; nft puts it into the rule by itself. */
export interface Needs {
  readonly link?: 'ether';
  readonly network?: 'ip' | 'ip6';
  readonly transport?: 'tcp' | 'udp' | 'sctp' | 'icmp' | 'ipv6-icmp';
  /** nft's language wants the transport protocol said in a match of its own before it. */
  readonly said?: true;
}

export interface SelectorSpec {
  readonly source: Source;
  readonly type: DataType;
  readonly needs: Needs;
  /** Bits that are kept of what was loaded, and bits of it that are turned then. */
  readonly bitwise?: { readonly mask: Uint8Array; readonly xor: Uint8Array };
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

const ofDirection = (
  direction: keyof typeof CtDirection,
  key: keyof typeof CtKey,
  type: string,
  needs: Needs = {},
): SelectorSpec => ({
  source: { from: 'ct', key: CtKey[key], direction: CtDirection[direction] },
  type: dataType(type),
  needs,
});

const said: Needs = { said: true };
const ip: Needs = { network: 'ip' };
const ip6: Needs = { network: 'ip6' };
const port = (transport: 'tcp' | 'udp' | 'sctp', offset: number) =>
  payload('transport', offset, 'inet_service', { transport });

const selectors: Readonly<Record<Field, SelectorSpec>> = {
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
  'ct expiration': { source: { from: 'ct', key: CtKey.expiration }, type: timeSpan, needs: {} },
  'ct original ip saddr': ofDirection('original', 'srcIp', 'ipv4_addr'),
  'ct original ip daddr': ofDirection('original', 'dstIp', 'ipv4_addr'),
  'ct original proto-src': ofDirection('original', 'protoSrc', 'inet_service', said),
  'ct original proto-dst': ofDirection('original', 'protoDst', 'inet_service', said),
  'ct reply ip saddr': ofDirection('reply', 'srcIp', 'ipv4_addr'),
  'ct reply ip daddr': ofDirection('reply', 'dstIp', 'ipv4_addr'),
  'ct reply proto-src': ofDirection('reply', 'protoSrc', 'inet_service', said),
  'ct reply proto-dst': ofDirection('reply', 'protoDst', 'inet_service', said),
  'socket transparent': { source: { from: 'socket', key: SocketKey.transparent }, type: bytesOf(1), needs: {} },
  'fib daddr type': {
    source: { from: 'fib', result: FibResult.addrtype, flags: FibFlag.daddr },
    type: dataType('fib_addrtype'),
    needs: {},
  },
};

export const CONCATENATION = ' . ';

/** The selector's parts in order: more than one for `ip saddr . tcp dport`. */
export function partsOf(selector: string, interfaces: Interfaces): readonly SelectorSpec[] {
  return selector.split(CONCATENATION).map((part) => {
    const computed = COMPUTED.exec(part);
    if (computed !== null) return compute(fieldOf(computed[1]!, interfaces), computed[2], computed[3]);
    return rawField(part) ?? fieldOf(part, interfaces);
  });
}

function fieldOf(name: string, interfaces: Interfaces): SelectorSpec {
  if (!Object.hasOwn(selectors, name)) {
    throw new EncodeError('a match', `there is no selector "${name}"${didYouMean(name, Object.keys(selectors))}`);
  }
  return withInterfaces(selectors[name as Field], interfaces);
}

/** `udp sport & 16383 ^ 32768`. */
const COMPUTED = /^([a-z0-9 -]+?)(?: & ([0-9]+))?(?: \^ ([0-9]+))?(?<=[&^] [0-9]+)$/;

function compute(spec: SelectorSpec, mask = '65535', xor = '0'): SelectorSpec {
  if (spec.type.name !== 'inet_service') throw new EncodeError('a rule', 'only ports can be computed');
  if (Number(mask) > 0xffff || Number(xor) > 0xffff) throw new EncodeError('a rule', 'a port has 16 bits');
  return { ...spec, bitwise: { mask: numberToBytes(Number(mask), 2), xor: numberToBytes(Number(xor), 2) } };
}

/** The words for a port that is computed of one. */
export function computed(selector: string, mask: Uint8Array, xor: Uint8Array): string {
  const [kept, turned] = [bytesToNumber(mask), bytesToNumber(xor)];
  return `${selector}${kept === 0xffff ? '' : ` & ${kept}`}${turned === 0 && kept !== 0xffff ? '' : ` ^ ${turned}`}`;
}

const RAW_BASES = { nh: PayloadBase.network, th: PayloadBase.transport } as const;
/** A raw field as long as half an IPv6 address, the one length there are words for, in bytes. */
const RAW_LENGTH = 8;

/** `@nh,64,64`: whole bytes of a header. */
function rawField(name: string): SelectorSpec | undefined {
  const [, base, offset, bits] = /^@(nh|th),([0-9]{1,5}),([0-9]{1,3})$/.exec(name) ?? [];
  if (base === undefined) return undefined;
  if (Number(offset) % 8 !== 0 || Number(bits) !== 8 * RAW_LENGTH)
    throw new EncodeError('a rule', `${name} is not ${8 * RAW_LENGTH} bits from where a byte begins`);
  return {
    source: {
      from: 'payload',
      base: RAW_BASES[base as keyof typeof RAW_BASES],
      offset: Number(offset) / 8,
      len: RAW_LENGTH,
    },
    type: bytesOf(RAW_LENGTH),
    needs: {},
  };
}

/** The words for eight bytes of a header that is no field's own. */
export function rawFieldOf(base: number, offset: number, len: number): RawField | undefined {
  const name = (Object.keys(RAW_BASES) as (keyof typeof RAW_BASES)[]).find((key) => RAW_BASES[key] === base);
  return name === undefined || len !== RAW_LENGTH ? undefined : `@${name},${8 * offset},${8 * len}`;
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
    case 'ct':
      return expr('ct', {
        dreg,
        key: source.key,
        ...(source.direction === undefined ? {} : { direction: source.direction }),
      });
    case 'meta':
    case 'socket':
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

const entries = Object.entries(selectors) as [Field, SelectorSpec][];

/** The selector that a source is, given what is known of the packet; a payload may be shorter, as prefixes are compared. */
export function selectorOf(source: Source, known: Known): Field | RawField | undefined {
  const found = entries.find(
    ([, spec]) => holds(source, spec.source) && (source.from !== 'payload' || fits(spec.needs, known)),
  );
  if (found !== undefined) return found[0];
  return source.from === 'payload' ? rawFieldOf(source.base, source.offset, source.len) : undefined;
}

/** Loads what a selector looks at, and computes what it says of it. */
export function loads({ source, bitwise }: SelectorSpec, register: number): Expr[] {
  if (bitwise === undefined) return [load(source, register)];
  const { mask, xor } = bitwise;
  return [
    load(source, register),
    expr('bitwise', { sreg: register, dreg: register, len: mask.length, mask: { value: mask }, xor: { value: xor } }),
  ];
}

function holds(source: Source, candidate: Source): boolean {
  if (source.from === 'payload' && candidate.from === 'payload') {
    return candidate.base === source.base && candidate.offset === source.offset && source.len <= candidate.len;
  }
  if (source.from === 'fib' && candidate.from === 'fib') {
    return source.result === candidate.result && source.flags === candidate.flags;
  }
  if (source.from === 'ct' && candidate.from === 'ct') {
    return source.key === candidate.key && source.direction === candidate.direction;
  }
  return source.from === candidate.from && 'key' in source && 'key' in candidate && source.key === candidate.key;
}

/** Whether it is known that the packet has such a header. What carries ICMP need not be. */
function fits({ link, network, transport }: Needs, known: Known): boolean {
  if (transport !== undefined) return known.transport === transport;
  return (network === undefined || known.network === network) && (link === undefined || known.link === link);
}
