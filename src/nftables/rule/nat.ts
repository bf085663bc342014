import { ipFromBytes, ipToBytes, type Ip } from '../../addr/index.ts';
import { EncodeError } from '../../wire/index.ts';
import { expr, type ExprData, NatType } from '../expr/index.ts';
import { NFPROTO } from '../families.ts';
import type { FromPacket, MapLookup, NatFlags, NatTarget, Statement } from '../../state/index.ts';
import { bytesToNumber, numberToBytes } from '../datatypes/index.ts';
import type { Encoding } from './context.ts';
import { encodeMapLookup, loadKey, prepare } from './match.ts';
import { registerOfSlot, slotsOf } from './register.ts';
import { partsOf, type SelectorSpec } from './selectors.ts';

/** NF_NAT_RANGE_* of linux/netfilter/nf_nat.h. */
const bits = { random: 4, persistent: 8, fullyRandom: 16 } as const satisfies Record<keyof NatFlags, number>;
/** The kernel sets these flags itself when the expression has addresses and ports. */
const MAP_IPS = 1;
const PROTO_SPECIFIED = 2;

function flagBits(flags: NatFlags, ports: boolean): { flags?: number } {
  const value = (Object.keys(bits) as (keyof NatFlags)[]).reduce(
    (sum, key) => (flags[key] === true ? sum | bits[key] : sum),
    ports ? PROTO_SPECIFIED : 0,
  );
  return value === 0 ? {} : { flags: value };
}

/** Decodes the flags. Returns undefined when one is unknown. */
function decodeFlags(value: number): NatFlags | undefined {
  const flags: { -readonly [K in keyof NatFlags]: NatFlags[K] } = {};
  let left = value & ~(MAP_IPS | PROTO_SPECIFIED);
  for (const key of Object.keys(bits) as (keyof NatFlags)[]) {
    if ((left & bits[key]) === 0) continue;
    flags[key] = true;
    left &= ~bits[key];
  }
  return left === 0 ? flags : undefined;
}

/** Loads values into 128-bit registers, beginning with number `first` from 0. Returns the registers. */
function loadAll(to: Encoding, values: readonly Uint8Array[], first: number): number[] {
  return values.map((value, i) => {
    const dreg = registerOfSlot(4 * (first + i));
    to.emit(expr('immediate', { dreg, data: { value } }));
    return dreg;
  });
}

/** Returns the bounds of a range: none, one for a single value, or two. */
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

/** nft's data types of addresses and ports. */
const ADDRESS_TYPE = { ip: 'ipv4_addr', ip6: 'ipv6_addr' } as const;
const ADDRESS_SIZE = { ip: 4, ip6: 16 } as const;
const PORT_TYPE = 'inet_service';

const hasSelector = (value: unknown): value is MapLookup | FromPacket =>
  typeof value === 'object' && value !== null && 'by' in value;
const isLookup = (value: unknown): value is MapLookup => hasSelector(value) && 'map' in value;
const isFromPacket = (value: unknown): value is FromPacket => hasSelector(value) && !('map' in value);

/** A map of addresses or ports: the selectors of its key, and the types of its values. */
interface PreparedLookup {
  readonly map: string;
  readonly parts: readonly SelectorSpec[];
  readonly valueTypes: readonly string[];
}

/**
 * Emits the dependencies of a map lookup: like nft, before any register is loaded.
 * @param allowed the types that the map's values can have
 * @throws EncodeError when the map does not exist, or its values have another type
 */
function prepareLookup(to: Encoding, { map, by }: MapLookup, allowed: readonly (readonly string[])[]): PreparedLookup {
  const valueTypes = to.sets[map]?.value;
  if (valueTypes === undefined) throw new EncodeError('a rule', `there is no map "${map}" in its table`);
  if (!allowed.some((types) => types.join() === valueTypes.join()))
    throw new EncodeError(
      'a rule',
      `the map "${map}" has values of type ${valueTypes.join(' . ')}, not ${allowed.map((types) => types.join(' . ')).join(' or ')}`,
    );
  return { map, parts: prepare(to, by), valueTypes };
}

/** The 32-bit slots of a 128-bit register. nft loads each address and port into one, except from a concatenation. */
const SLOTS_PER_REGISTER = 4;

export function encodeNat(to: Encoding, type: keyof typeof NatType, target: NatTarget): void {
  const { family, address, ports } = target;
  const addressType = ADDRESS_TYPE[family];
  const addressMap = isLookup(address)
    ? prepareLookup(to, address, [[addressType], [addressType, PORT_TYPE]])
    : undefined;
  const portMap = isLookup(ports) ? prepareLookup(to, ports, [[PORT_TYPE]]) : undefined;
  const portParts = isFromPacket(ports) ? preparePort(to, ports) : undefined;
  const mapHasPort = addressMap?.valueTypes.length === 2;
  if (mapHasPort && ports !== undefined)
    throw new EncodeError(type, `the map "${addressMap.map}" already contains ports`);

  const addressRegisters = loadAddresses(to, isLookup(address) ? undefined : address, addressMap, family);
  const portRegisters = mapHasPort
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

/** Loads addresses into the first registers. @throws EncodeError when an address has another family */
function loadAddresses(
  to: Encoding,
  addresses: Ip | readonly [Ip, Ip] | undefined,
  map: PreparedLookup | undefined,
  family: NatTarget['family'],
): readonly number[] {
  if (map !== undefined) {
    encodeMapLookup(to, map.parts, map.map, 0);
    return [registerOfSlot(0)];
  }
  const bounds = pair<Ip>(addresses, isPair);
  const wrong = bounds.find((address) => ipToBytes(address).length !== ADDRESS_SIZE[family]);
  if (wrong !== undefined) throw new EncodeError('a rule', `${wrong} is not an address of family ${family}`);
  return loadAll(
    to,
    bounds.map((address) => ipToBytes(address)),
    0,
  );
}

/** Loads ports into registers, after the `first` registers, which are in use. */
function loadPorts(
  to: Encoding,
  ports: number | readonly [number, number] | undefined,
  map: PreparedLookup | undefined,
  first: number,
): readonly number[] {
  if (map === undefined) return loadAll(to, pair<number>(ports, isPair).map(port), first);
  encodeMapLookup(to, map.parts, map.map, SLOTS_PER_REGISTER * first);
  return [registerOfSlot(SLOTS_PER_REGISTER * first)];
}

function preparePort(to: Encoding, { by }: FromPacket): readonly SelectorSpec[] {
  const parts = prepare(to, by);
  if (parts.length !== 1 || parts[0]!.type.name !== PORT_TYPE) throw new EncodeError('a rule', `${by} is not a port`);
  return parts;
}

function loadPort(to: Encoding, parts: readonly SelectorSpec[], first: number): readonly number[] {
  loadKey(to, parts, SLOTS_PER_REGISTER * first);
  return [registerOfSlot(SLOTS_PER_REGISTER * first)];
}

/** A part of a value from a map. */
export interface FromMap {
  /** The same object for all parts of one lookup. */
  readonly lookup: MapLookup;
  readonly types: readonly string[];
  readonly part: number;
}

/** Returns the content of a register: constant bytes (immediate), a value from a map, or a field of the packet. */
export type RegisterContent = (register: number | undefined) => Uint8Array | FromMap | FromPacket | undefined;

/** Decodes a NAT expression. Returns undefined when no statement expresses it. */
export function decodeNat(data: ExprData<'nat'>, contentOf: RegisterContent): Statement | undefined {
  const family = data.family === NFPROTO.ip ? 'ip' : data.family === NFPROTO.ip6 ? 'ip6' : undefined;
  const flags = decodeFlags(data.flags ?? 0);
  if (family === undefined || flags === undefined || (data.type !== NatType.snat && data.type !== NatType.dnat))
    return undefined;
  const address = decodeAddresses(family, data.regAddrMin, data.regAddrMax, contentOf);
  if (address === undefined) return undefined;
  const ports = decodePorts(data.regProtoMin, data.regProtoMax, contentOf, address.from);
  if (ports === undefined || (address.from?.types.length === 2 && data.regProtoMin === undefined)) return undefined;
  const target: NatTarget = {
    family,
    ...(address.value === undefined ? {} : { address: address.value }),
    ...(ports.value === undefined ? {} : { ports: ports.value }),
    ...flags,
  };
  return data.type === NatType.snat ? { snat: target } : { dnat: target };
}

export function decodeMasquerade(data: ExprData<'masq'>, contentOf: RegisterContent): Statement | undefined {
  const flags = decodeFlags(data.flags ?? 0);
  const ports = decodePorts(data.regProtoMin, data.regProtoMax, contentOf);
  if (flags === undefined || ports === undefined) return undefined;
  const { value } = ports;
  if (isFromPacket(value)) return undefined;
  return {
    masquerade: {
      ...flags,
      ...(value === undefined ? {} : { ports: typeof value === 'number' ? [value, value] : value }),
    },
  };
}

/** Returns the content of a pair of registers if it is from a map: then `max` is the same register or absent. */
function fromMap(min: number | undefined, max: number | undefined, contentOf: RegisterContent): FromMap | undefined {
  const content = contentOf(min);
  return content !== undefined && 'lookup' in content && (max === undefined || max === min) ? content : undefined;
}

function decodeAddresses(
  family: 'ip' | 'ip6',
  min: number | undefined,
  max: number | undefined,
  contentOf: RegisterContent,
): { readonly value: NatTarget['address'] | undefined; readonly from?: FromMap } | undefined {
  const from = fromMap(min, max, contentOf);
  if (from !== undefined) {
    const [first, second] = from.types;
    const isAddress = from.part === 0 && first === ADDRESS_TYPE[family] && from.types.length <= 2;
    return isAddress && (second === undefined || second === PORT_TYPE) ? { value: from.lookup, from } : undefined;
  }
  const addresses: Ip[] = [];
  for (const register of [min, max]) {
    if (register === undefined) continue;
    const bytes = contentOf(register);
    if (!(bytes instanceof Uint8Array) || bytes.length !== ADDRESS_SIZE[family]) return undefined;
    addresses.push(ipFromBytes(bytes, 0, family === 'ip' ? 4 : 6));
  }
  const [first, last] = addresses;
  return { value: first === undefined || last === undefined || last === first ? first : [first, last] };
}

/** @param address the address's value from a map, which can contain the port too */
function decodePorts(
  min: number | undefined,
  max: number | undefined,
  contentOf: RegisterContent,
  address?: FromMap,
): { readonly value: NatTarget['ports'] | undefined } | undefined {
  const from = fromMap(min, max, contentOf);
  if (from?.part === 1) return from.lookup === address?.lookup ? { value: undefined } : undefined;
  if (from !== undefined) return from.types.join() === PORT_TYPE ? { value: from.lookup } : undefined;
  const packet = contentOf(min);
  if (isFromPacket(packet)) {
    const [spec, ...others] = partsOf(packet.by, new Map());
    const isPort = spec?.type.name === PORT_TYPE && others.length === 0 && (max === undefined || max === min);
    return isPort ? { value: packet } : undefined;
  }
  const ports: number[] = [];
  for (const register of [min, max]) {
    if (register === undefined) continue;
    const bytes = contentOf(register);
    if (!(bytes instanceof Uint8Array) || bytes.length !== 2) return undefined;
    ports.push(bytesToNumber(bytes));
  }
  const [low, high] = ports;
  return { value: low === undefined || high === undefined || high === low ? low : [low, high] };
}
