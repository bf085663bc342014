import { ipFromBytes, ipToBytes, type Ip } from '../../addr/index.ts';
import { EncodeError } from '../../wire/index.ts';
import { expr, type ExprData } from '../expr/index.ts';
import { NatType } from '../expr/nat.ts';
import { NFPROTO } from '../families.ts';
import type { NatFlags, NatTarget, Statement } from '../../model/index.ts';
import { bytesToNumber, numberToBytes } from '../words/order.ts';
import type { Encoding } from './context.ts';
import { registerOfSlot } from './register.ts';

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
    throw new EncodeError('a port', `${value} is not from 0 to 65535`);
  return numberToBytes(value, 2);
};

export function encodeNat(to: Encoding, type: keyof typeof NatType, target: NatTarget): void {
  const addresses = pair<Ip>(target.address, isPair).map((address) => ipToBytes(address));
  if (addresses.some(({ length }) => length !== (target.family === 'ip' ? 4 : 16))) {
    throw new EncodeError(type, `${String(target.address)} is not an address of family ${target.family}`);
  }
  const ports = pair(target.ports, isPair).map(port);
  const [addrMin, addrMax] = loadAll(to, addresses, 0);
  const [protoMin, protoMax] = loadAll(to, ports, addresses.length);
  to.emit(
    expr('nat', {
      type: NatType[type],
      family: NFPROTO[target.family],
      ...(addrMin === undefined ? {} : { regAddrMin: addrMin }),
      ...(addrMax === undefined ? {} : { regAddrMax: addrMax }),
      ...(protoMin === undefined ? {} : { regProtoMin: protoMin }),
      ...(protoMax === undefined ? {} : { regProtoMax: protoMax }),
      ...flagBits(target, ports.length > 0),
    }),
  );
}

export function encodeMasquerade(
  to: Encoding,
  { ports, ...flags }: NatFlags & { readonly ports?: readonly [number, number] },
): void {
  const [min, max] = loadAll(to, pair<number>(ports, isPair).map(port), 0);
  to.emit(
    expr('masq', {
      ...(min === undefined ? {} : { regProtoMin: min }),
      ...(max === undefined ? {} : { regProtoMax: max }),
      ...flagBits(flags, min !== undefined),
    }),
  );
}

/** The value that an immediate put into a register, or undefined when something else is there. */
export type Constant = (register: number | undefined) => Uint8Array | undefined;

export function decodeNat(data: ExprData<'nat'>, constant: Constant): Statement | undefined {
  const family = data.family === NFPROTO.ip ? 'ip' : data.family === NFPROTO.ip6 ? 'ip6' : undefined;
  const flags = flagWords(data.flags ?? 0);
  const ports = decodePorts(data.regProtoMin, data.regProtoMax, constant);
  const addresses = [data.regAddrMin, data.regAddrMax].filter((register) => register !== undefined).map(constant);
  if (
    family === undefined ||
    flags === undefined ||
    ports === undefined ||
    (data.type !== NatType.snat && data.type !== NatType.dnat)
  )
    return undefined;
  const length = family === 'ip' ? 4 : 16;
  const words: Ip[] = [];
  for (const address of addresses) {
    if (address?.length !== length) return undefined;
    words.push(ipFromBytes(address, 0, family === 'ip' ? 4 : 6));
  }
  const [first, last] = words;
  const [low, high] = ports;
  const target: NatTarget = {
    family,
    ...(first === undefined ? {} : { address: last === undefined || last === first ? first : [first, last] }),
    ...(low === undefined ? {} : { ports: high === undefined || high === low ? low : [low, high] }),
    ...flags,
  };
  return data.type === NatType.snat ? { snat: target } : { dnat: target };
}

export function decodeMasquerade(data: ExprData<'masq'>, constant: Constant): Statement | undefined {
  const flags = flagWords(data.flags ?? 0);
  const ports = decodePorts(data.regProtoMin, data.regProtoMax, constant);
  if (flags === undefined || ports === undefined) return undefined;
  const [low, high = low] = ports;
  return { masquerade: { ...flags, ...(low === undefined || high === undefined ? {} : { ports: [low, high] }) } };
}

function decodePorts(
  min: number | undefined,
  max: number | undefined,
  constant: Constant,
): readonly number[] | undefined {
  const values = [min, max].filter((register) => register !== undefined).map(constant);
  const ports: number[] = [];
  for (const value of values) {
    if (value?.length !== 2) return undefined;
    ports.push(bytesToNumber(value));
  }
  return ports;
}
