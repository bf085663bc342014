import { ipFromBytes, ipToBytes, type Ip } from '../../addr/index.ts';
import { EncodeError } from '../../wire/index.ts';
import { expr, type ExprData, NatType } from '../expr/index.ts';
import { NFPROTO } from '../families.ts';
import type { FromPacket, MapLookup, NatFlags, NatTarget, Statement } from '../../state/index.ts';
import { bytesToNumber, numberToBytes } from '../words/index.ts';
import type { Encoding } from './context.ts';
import { encodeMapLookup, loadKey, prepare } from './match.ts';
import { registerOfSlot, slotsOf } from './register.ts';
import { partsOf, type SelectorSpec } from './selectors.ts';

/** NF_NAT_RANGE_* of linux/netfilter/nf_nat.h. */
const bits = { random: 4, persistent: 8, fullyRandom: 16 } as const satisfies Record<keyof NatFlags, number>;
/** The kernel sets these by itself where there are addresses and ports. */
const MAP_IPS = 1;
const PROTO_SPECIFIED = 2;

function flagBits(flags: NatFlags, ports: boolean): { flags?: number } {
  const value = (Object.keys(bits) as (keyof NatFlags)[]).reduce(
    (sum, key) => (flags[key] === true ? sum | bits[key] : sum),
    ports ? PROTO_SPECIFIED : 0,
  );
  return value === 0 ? {} : { flags: value };
}

/** The flags in words, or undefined when there is one without. */
function flagWords(value: number): NatFlags | undefined {
  const words: { -readonly [K in keyof NatFlags]: NatFlags[K] } = {};
  let left = value & ~(MAP_IPS | PROTO_SPECIFIED);
  for (const key of Object.keys(bits) as (keyof NatFlags)[]) {
    if ((left & bits[key]) === 0) continue;
    words[key] = true;
    left &= ~bits[key];
  }
  return left === 0 ? words : undefined;
}

/** Puts values into registers, each into the next whole one, and returns their numbers. */
function loadAll(to: Encoding, values: readonly Uint8Array[], first: number): number[] {
  return values.map((value, i) => {
    const dreg = registerOfSlot(4 * (first + i));
    to.emit(expr('immediate', { dreg, data: { value } }));
    return dreg;
  });
}

function pair<T>(
  value: T | readonly [T, T] | undefined,
  isPair: (value: T | readonly [T, T]) => value is readonly [T, T],
): readonly T[] {
  if (value === undefined) return [];
  if (!isPair(value)) return [value];
  return value[0] === value[1] ? [value[0]] : value;
}
const isPair = <T>(value: T | readonly [T, T]): value is readonly [T, T] => Array.isArray(value);

const port = (value: number): Uint8Array => {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff)
    throw new EncodeError('a port', `invalid port ${value}: expected 0 to 65535`);
  return numberToBytes(value, 2);
};

/** nft's types of addresses and ports in maps. */
const ADDRESS_TYPE = { ip: 'ipv4_addr', ip6: 'ipv6_addr' } as const;
const ADDRESS_SIZE = { ip: 4, ip6: 16 } as const;
const PORT_TYPE = 'inet_service';

const isOfPacket = (value: unknown): value is MapLookup | FromPacket =>
  typeof value === 'object' && value !== null && 'by' in value;
const isLookup = (value: unknown): value is MapLookup => isOfPacket(value) && 'map' in value;
const isFromPacket = (value: unknown): value is FromPacket => isOfPacket(value) && !('map' in value);

/** A map that a target is looked up in: what the key is gathered from, and what types its values are of. */
interface Prepared {
  readonly map: string;
  readonly parts: readonly SelectorSpec[];
  readonly gives: readonly string[];
}

/** Checks what looking needs of the packet: before any register is loaded, as nft does. */
function prepareLookup(to: Encoding, { map, by }: MapLookup, allowed: readonly (readonly string[])[]): Prepared {
  const gives = to.sets[map]?.value;
  if (gives === undefined) throw new EncodeError('a rule', `there is no map "${map}" in its table`);
  if (!allowed.some((types) => types.join() === gives.join()))
    throw new EncodeError(
      'a rule',
      `the map "${map}" has values of type ${gives.join(' . ')}, not ${allowed.map((types) => types.join(' . ')).join(' or ')}`,
    );
  return { map, parts: prepare(to, by), gives };
}

/** Four 32-bit slots: a whole register, in which nft puts every part of a target that is no concatenation. */
const WHOLE = 4;

export function encodeNat(to: Encoding, type: keyof typeof NatType, target: NatTarget): void {
  const { family, address, ports } = target;
  const addressType = ADDRESS_TYPE[family];
  const addressMap = isLookup(address)
    ? prepareLookup(to, address, [[addressType], [addressType, PORT_TYPE]])
    : undefined;
  const portMap = isLookup(ports) ? prepareLookup(to, ports, [[PORT_TYPE]]) : undefined;
  const portParts = isFromPacket(ports) ? preparePort(to, ports) : undefined;
  const bringsPort = addressMap?.gives.length === 2;
  if (bringsPort && ports !== undefined)
    throw new EncodeError(type, `the map "${addressMap.map}" already contains ports`);

  const addressRegisters = loadAddresses(to, isLookup(address) ? undefined : address, addressMap, family);
  const portRegisters = bringsPort
    ? [registerOfSlot(slotsOf(ADDRESS_SIZE[family]))]
    : portParts === undefined
      ? loadPorts(to, isLookup(ports) || isFromPacket(ports) ? undefined : ports, portMap, addressRegisters.length)
      : loadPort(to, portParts, addressRegisters.length);

  const [addrMin, addrMax] = addressRegisters;
  const [protoMin, protoMax] = portRegisters;
  to.emit(
    expr('nat', {
      type: NatType[type],
      family: NFPROTO[family],
      ...(addrMin === undefined ? {} : { regAddrMin: addrMin }),
      ...(addrMax === undefined ? {} : { regAddrMax: addrMax }),
      ...(protoMin === undefined ? {} : { regProtoMin: protoMin }),
      ...(protoMax === undefined ? {} : { regProtoMax: protoMax }),
      ...flagBits(target, portRegisters.length > 0),
    }),
  );
}

export function encodeMasquerade(
  to: Encoding,
  { ports, ...flags }: NatFlags & { readonly ports?: readonly [number, number] | MapLookup },
): void {
  const map = isLookup(ports) ? prepareLookup(to, ports, [[PORT_TYPE]]) : undefined;
  const [min, max] = loadPorts(to, isLookup(ports) ? undefined : ports, map, 0);
  to.emit(
    expr('masq', {
      ...(min === undefined ? {} : { regProtoMin: min }),
      ...(max === undefined ? {} : { regProtoMax: max }),
      ...flagBits(flags, min !== undefined),
    }),
  );
}

/** Puts addresses into registers, before all else. */
function loadAddresses(
  to: Encoding,
  addresses: Ip | readonly [Ip, Ip] | undefined,
  map: Prepared | undefined,
  family: NatTarget['family'],
): readonly number[] {
  if (map !== undefined) {
    encodeMapLookup(to, map.parts, map.map, 0);
    return [registerOfSlot(0)];
  }
  const words = pair<Ip>(addresses, isPair);
  const wrong = words.find((one) => ipToBytes(one).length !== ADDRESS_SIZE[family]);
  if (wrong !== undefined) throw new EncodeError('a rule', `${wrong} is not an address of family ${family}`);
  return loadAll(
    to,
    words.map((one) => ipToBytes(one)),
    0,
  );
}

/** Puts ports into registers, after `first` that are in use. */
function loadPorts(
  to: Encoding,
  ports: number | readonly [number, number] | undefined,
  map: Prepared | undefined,
  first: number,
): readonly number[] {
  if (map === undefined) return loadAll(to, pair<number>(ports, isPair).map(port), first);
  encodeMapLookup(to, map.parts, map.map, WHOLE * first);
  return [registerOfSlot(WHOLE * first)];
}

function preparePort(to: Encoding, { by }: FromPacket): readonly SelectorSpec[] {
  const parts = prepare(to, by);
  if (parts.length !== 1 || parts[0]!.type.name !== PORT_TYPE) throw new EncodeError('a rule', `${by} is not a port`);
  return parts;
}

function loadPort(to: Encoding, parts: readonly SelectorSpec[], first: number): readonly number[] {
  loadKey(to, parts, WHOLE * first);
  return [registerOfSlot(WHOLE * first)];
}

/** A part of what a map gave. */
export interface FromMap {
  /** The same object for all parts of one lookup. */
  readonly lookup: MapLookup;
  readonly types: readonly string[];
  readonly part: number;
}

/** What a register is known to hold: bytes that an immediate put there, what came from a map, or a part of the packet. */
export type RegisterContent = (register: number | undefined) => Uint8Array | FromMap | FromPacket | undefined;

export function decodeNat(data: ExprData<'nat'>, held: RegisterContent): Statement | undefined {
  const family = data.family === NFPROTO.ip ? 'ip' : data.family === NFPROTO.ip6 ? 'ip6' : undefined;
  const flags = flagWords(data.flags ?? 0);
  if (family === undefined || flags === undefined || (data.type !== NatType.snat && data.type !== NatType.dnat))
    return undefined;
  const address = decodeAddresses(family, data.regAddrMin, data.regAddrMax, held);
  if (address === undefined) return undefined;
  const ports = decodePorts(data.regProtoMin, data.regProtoMax, held, address.from);
  if (ports === undefined || (address.from?.types.length === 2 && data.regProtoMin === undefined)) return undefined;
  const target: NatTarget = {
    family,
    ...(address.said === undefined ? {} : { address: address.said }),
    ...(ports.said === undefined ? {} : { ports: ports.said }),
    ...flags,
  };
  return data.type === NatType.snat ? { snat: target } : { dnat: target };
}

export function decodeMasquerade(data: ExprData<'masq'>, held: RegisterContent): Statement | undefined {
  const flags = flagWords(data.flags ?? 0);
  const ports = decodePorts(data.regProtoMin, data.regProtoMax, held);
  if (flags === undefined || ports === undefined) return undefined;
  const { said } = ports;
  if (isFromPacket(said)) return undefined;
  return {
    masquerade: { ...flags, ...(said === undefined ? {} : { ports: typeof said === 'number' ? [said, said] : said }) },
  };
}

/** The one thing that a pair of registers hold, when it is from a map: the second names the first again, or nothing. */
function fromMap(min: number | undefined, max: number | undefined, held: RegisterContent): FromMap | undefined {
  const found = held(min);
  return found !== undefined && 'lookup' in found && (max === undefined || max === min) ? found : undefined;
}

function decodeAddresses(
  family: 'ip' | 'ip6',
  min: number | undefined,
  max: number | undefined,
  held: RegisterContent,
): { readonly said: NatTarget['address'] | undefined; readonly from?: FromMap } | undefined {
  const from = fromMap(min, max, held);
  if (from !== undefined) {
    const [first, second] = from.types;
    const whole = from.part === 0 && first === ADDRESS_TYPE[family] && from.types.length <= 2;
    return whole && (second === undefined || second === PORT_TYPE) ? { said: from.lookup, from } : undefined;
  }
  const words: Ip[] = [];
  for (const register of [min, max]) {
    if (register === undefined) continue;
    const bytes = held(register);
    if (!(bytes instanceof Uint8Array) || bytes.length !== ADDRESS_SIZE[family]) return undefined;
    words.push(ipFromBytes(bytes, 0, family === 'ip' ? 4 : 6));
  }
  const [first, last] = words;
  return { said: first === undefined || last === undefined || last === first ? first : [first, last] };
}

/** @param address where the address is from: a map may have given the port with it */
function decodePorts(
  min: number | undefined,
  max: number | undefined,
  held: RegisterContent,
  address?: FromMap,
): { readonly said: NatTarget['ports'] | undefined } | undefined {
  const from = fromMap(min, max, held);
  if (from?.part === 1) return from.lookup === address?.lookup ? { said: undefined } : undefined;
  if (from !== undefined) return from.types.join() === PORT_TYPE ? { said: from.lookup } : undefined;
  const packet = held(min);
  if (isFromPacket(packet)) {
    const [spec, ...others] = partsOf(packet.by, new Map());
    const one = spec?.type.name === PORT_TYPE && others.length === 0 && (max === undefined || max === min);
    return one ? { said: packet } : undefined;
  }
  const ports: number[] = [];
  for (const register of [min, max]) {
    if (register === undefined) continue;
    const bytes = held(register);
    if (!(bytes instanceof Uint8Array) || bytes.length !== 2) return undefined;
    ports.push(bytesToNumber(bytes));
  }
  const [low, high] = ports;
  return { said: low === undefined || high === undefined || high === low ? low : [low, high] };
}
