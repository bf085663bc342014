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
} from '../datatypes/index.ts';

/** What an expression loads into a register: bytes of the packet, or metadata by key. */
export type Source =
  | { readonly from: 'payload'; readonly base: number; readonly offset: number; readonly len: number }
  | { readonly from: 'meta' | 'socket'; readonly key: number }
  | { readonly from: 'ct'; readonly key: number; readonly direction?: number }
  | { readonly from: 'fib'; readonly result: number; readonly flags: number };

/** The protocols that a selector requires. nft adds matches of them to the rule (dependencies). */
export interface RequiredProtocols {
  readonly link?: 'ether';
  readonly network?: 'ip' | 'ip6';
  readonly transport?: 'tcp' | 'udp' | 'sctp' | 'icmp' | 'ipv6-icmp';
  /** nft's syntax requires an explicit match of the transport protocol before the statement. */
  readonly explicit?: true;
}

/** The definition of a selector. */
export interface SelectorSpec {
  readonly source: Source;
  readonly type: DataType;
  readonly requires: RequiredProtocols;
  /** A mask, and an XOR after it, of the loaded value. */
  readonly bitwise?: { readonly mask: Uint8Array; readonly xor: Uint8Array };
}

const payload = (
  base: keyof typeof PayloadBase,
  offset: number,
  name: string,
  requires: RequiredProtocols,
): SelectorSpec => {
  const type = dataType(name);
  return { source: { from: 'payload', base: PayloadBase[base], offset, len: type.size }, type, requires };
};
const meta = (key: keyof typeof MetaKey, type: string): SelectorSpec => ({
  source: { from: 'meta', key: MetaKey[key] },
  type: dataType(type),
  requires: {},
});
const ct = (key: keyof typeof CtKey, type: string): SelectorSpec => ({
  source: { from: 'ct', key: CtKey[key] },
  type: dataType(type),
  requires: {},
});

const ofDirection = (
  direction: keyof typeof CtDirection,
  key: keyof typeof CtKey,
  type: string,
  requires: RequiredProtocols = {},
): SelectorSpec => ({
  source: { from: 'ct', key: CtKey[key], direction: CtDirection[direction] },
  type: dataType(type),
  requires,
});

const explicit: RequiredProtocols = { explicit: true };
const ip: RequiredProtocols = { network: 'ip' };
const ip6: RequiredProtocols = { network: 'ip6' };
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
  // After the ports of tcp, udp and sctp: selectorOf() prefers those when the transport protocol is known.
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
  'ct expiration': { source: { from: 'ct', key: CtKey.expiration }, type: timeSpan, requires: {} },
  'ct original ip saddr': ofDirection('original', 'srcIp', 'ipv4_addr'),
  'ct original ip daddr': ofDirection('original', 'dstIp', 'ipv4_addr'),
  'ct original proto-src': ofDirection('original', 'protoSrc', 'inet_service', explicit),
  'ct original proto-dst': ofDirection('original', 'protoDst', 'inet_service', explicit),
  'ct reply ip saddr': ofDirection('reply', 'srcIp', 'ipv4_addr'),
  'ct reply ip daddr': ofDirection('reply', 'dstIp', 'ipv4_addr'),
  'ct reply proto-src': ofDirection('reply', 'protoSrc', 'inet_service', explicit),
  'ct reply proto-dst': ofDirection('reply', 'protoDst', 'inet_service', explicit),
  'socket transparent': { source: { from: 'socket', key: SocketKey.transparent }, type: bytesOf(1), requires: {} },
  'fib daddr type': {
    source: { from: 'fib', result: FibResult.addrtype, flags: FibFlag.daddr },
    type: dataType('fib_addrtype'),
    requires: {},
  },
};

export const CONCATENATION = ' . ';

/** Returns the parts of a selector: two for the concatenation `ip saddr . tcp dport`. @throws EncodeError */
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

/** A computed port: `udp sport & 16383 ^ 32768`. */
const COMPUTED = /^([a-z0-9 -]+?)(?: & ([0-9]+))?(?: \^ ([0-9]+))?(?<=[&^] [0-9]+)$/;

function compute(spec: SelectorSpec, mask = '65535', xor = '0'): SelectorSpec {
  if (spec.type.name !== 'inet_service') throw new EncodeError('a rule', 'only ports can be computed');
  if (Number(mask) > 0xffff || Number(xor) > 0xffff) throw new EncodeError('a rule', 'a port has 16 bits');
  return { ...spec, bitwise: { mask: numberToBytes(Number(mask), 2), xor: numberToBytes(Number(xor), 2) } };
}

/** Formats a computed port, in the syntax of {@link COMPUTED}. */
export function computed(selector: string, mask: Uint8Array, xor: Uint8Array): string {
  const [kept, flipped] = [bytesToNumber(mask), bytesToNumber(xor)];
  return `${selector}${kept === 0xffff ? '' : ` & ${kept}`}${flipped === 0 && kept !== 0xffff ? '' : ` ^ ${flipped}`}`;
}

const RAW_BASES = { nh: PayloadBase.network, th: PayloadBase.transport } as const;
/** The only supported length of a raw field, in bytes: half an IPv6 address. */
const RAW_LENGTH = 8;

/** Parses a raw payload field: `@nh,64,64`. Returns undefined when the name is no raw field. @throws EncodeError */
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
    requires: {},
  };
}

/** Formats a raw payload field of eight bytes. Returns undefined for other lengths. */
export function rawFieldOf(base: number, offset: number, len: number): RawField | undefined {
  const name = (Object.keys(RAW_BASES) as (keyof typeof RAW_BASES)[]).find((key) => RAW_BASES[key] === base);
  return name === undefined || len !== RAW_LENGTH ? undefined : `@${name},${8 * offset},${8 * len}`;
}

function withInterfaces(spec: SelectorSpec, interfaces: Interfaces): SelectorSpec {
  return spec.type.name === 'iface_index' ? { ...spec, type: interfaceIndex(interfaces) } : spec;
}

/**
 * Returns the expression that loads the source into a register.
 * @param len loads fewer bytes of a payload, for a prefix
 */
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

/** The protocol context: the protocols of the packet that a rule has matched so far (nft's struct proto_ctx). */
export interface ProtocolContext {
  readonly family: TableFamily;
  network?: string | undefined;
  transport?: string | undefined;
  link?: string | undefined;
}

/** Returns the protocol context at the beginning of a rule. */
export const initialProtocols = (family: TableFamily): ProtocolContext => ({
  family,
  ...(family === 'ip' || family === 'ip6' ? { network: family } : {}),
  ...(family === 'arp' ? { network: 'arp' } : {}),
  ...(family === 'bridge' ? { link: 'ether' } : {}),
});

const entries = Object.entries(selectors) as [Field, SelectorSpec][];

/** Returns the selector of a source. A payload can be shorter than the field: the first bytes, for a prefix. */
export function selectorOf(source: Source, protocols: ProtocolContext): Field | RawField | undefined {
  const entry = entries.find(
    ([, spec]) => isLoadOf(source, spec.source) && (source.from !== 'payload' || isMatched(spec.requires, protocols)),
  );
  if (entry !== undefined) return entry[0];
  return source.from === 'payload' ? rawFieldOf(source.base, source.offset, source.len) : undefined;
}

/** Returns the expressions that load a selector and compute its value. */
export function loads({ source, bitwise }: SelectorSpec, register: number): Expr[] {
  if (bitwise === undefined) return [load(source, register)];
  const { mask, xor } = bitwise;
  return [
    load(source, register),
    expr('bitwise', { sreg: register, dreg: register, len: mask.length, mask: { value: mask }, xor: { value: xor } }),
  ];
}

/** True if `source` loads the field of `candidate`, or its first bytes. */
function isLoadOf(source: Source, candidate: Source): boolean {
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

/** True if the rule has matched the required protocols. For a transport protocol, the network protocol may differ. */
function isMatched({ link, network, transport }: RequiredProtocols, protocols: ProtocolContext): boolean {
  if (transport !== undefined) return protocols.transport === transport;
  return (network === undefined || protocols.network === network) && (link === undefined || protocols.link === link);
}
