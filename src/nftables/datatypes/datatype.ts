import { didYouMean } from '../../base/index.ts';
import {
  isIp,
  ipFromBytes,
  ipToBytes,
  macFromBytes,
  parseIp,
  parseMac,
  writeMac,
  type Family,
} from '../../addr/index.ts';
import { decodeText, EncodeError, encodeText } from '../../wire/index.ts';
import * as names from './names.ts';
import { bytesToNumber, numberToBytes } from './order.ts';

/** A value as in nft's JSON: a number, an address or a name. */
export type SingleValue = string | number;

/**
 * A data type of nft: converts values between text and bytes. The bytes here are in big endian; `order` is the byte
 * order in registers.
 */
export interface DataType {
  readonly name: string;
  /** enum datatypes of nft's datatype.h, by which nft prints a set's elements. */
  readonly id: number;
  /** In bytes. */
  readonly size: number;
  /** `text` is never byte-swapped, although nft declares it as host byte order. */
  readonly order: 'host' | 'big' | 'text';
  /** For a bitmask: the names of the bits. */
  readonly bits?: Readonly<Record<string, number>>;
  /** For addresses, which have prefixes: the family. */
  readonly family?: Family;
  parse(input: SingleValue): Uint8Array;
  format(bytes: Uint8Array): SingleValue;
}

function integer(
  name: string,
  id: number,
  size: number,
  order: 'host' | 'big',
  symbols: Readonly<Record<string, number>> = {},
): DataType {
  const max = 2 ** (8 * size) - 1;
  const byNumber = new Map<number, string>();
  for (const [symbol, number] of Object.entries(symbols)) if (!byNumber.has(number)) byNumber.set(number, symbol);
  return {
    name,
    id,
    size,
    order,
    parse(input) {
      const value = typeof input === 'string' && Object.hasOwn(symbols, input) ? symbols[input]! : wholeNumber(input);
      if (!(value >= 0 && value <= max)) {
        const hint = typeof input === 'string' ? didYouMean(input, Object.keys(symbols)) : '';
        throw new EncodeError(name, `invalid value "${input}"${hint}`);
      }
      return numberToBytes(value, size);
    },
    format(bytes) {
      const value = bytesToNumber(bytes);
      return byNumber.get(value) ?? value;
    },
  };
}

const bitmask = (name: string, id: number, symbols: Readonly<Record<string, number>>): DataType => ({
  ...integer(name, id, 4, 'host', symbols),
  bits: symbols,
});

const wholeNumber = (input: SingleValue): number =>
  typeof input === 'number'
    ? Number.isInteger(input)
      ? input
      : NaN
    : /^(0x[0-9a-f]+|[0-9]+)$/i.test(input)
      ? Number(input)
      : NaN;

const address = (name: string, id: number, family: Family): DataType => ({
  name,
  id,
  size: family === 4 ? 4 : 16,
  order: 'big',
  family,
  parse(input) {
    const text = String(input);
    if (!isIp(text) || text.includes(':') !== (family === 6))
      throw new EncodeError(name, `"${text}" is not an IPv${family} address`);
    return ipToBytes(parseIp(text));
  },
  format: (bytes) => ipFromBytes(bytes, 0, family),
});

const etherAddress: DataType = {
  name: 'ether_addr',
  id: 9,
  size: 6,
  order: 'big',
  parse(input) {
    const bytes = new Uint8Array(6);
    writeMac(parseMac(String(input)), bytes, 0);
    return bytes;
  },
  format: (bytes) => macFromBytes(bytes, 0),
};

/** The size of an interface name with its NUL byte (linux/if.h). */
const IFNAMSIZ = 16;

const interfaceName: DataType = {
  name: 'ifname',
  id: 41,
  size: IFNAMSIZ,
  order: 'text',
  parse(input) {
    const text = encodeText(String(input));
    if (text.length === 0 || text.length >= IFNAMSIZ)
      throw new EncodeError('ifname', `"${input}" does not have 1 to 15 bytes`);
    const bytes = new Uint8Array(IFNAMSIZ);
    bytes.set(text);
    return bytes;
  },
  format(bytes) {
    const end = bytes.indexOf(0);
    return decodeText(bytes, 0, end < 0 ? bytes.length : end);
  },
};

/** A time span: `240s`, or `500ms` when it is not a whole number of seconds. */
export const timeSpan: DataType = {
  ...integer('lapse', 0, 4, 'host'),
  parse(input) {
    const [, number, unit] = /^([0-9]{1,10})(ms|s)$/.exec(String(input)) ?? [];
    const milliseconds = unit === undefined ? NaN : Number(number) * (unit === 's' ? 1000 : 1);
    if (!(milliseconds <= 0xffff_ffff)) throw new EncodeError('lapse', `"${input}" is not a time such as 240s`);
    return numberToBytes(milliseconds, 4);
  },
  format(bytes) {
    const milliseconds = bytesToNumber(bytes);
    return milliseconds % 1000 === 0 ? `${milliseconds / 1000}s` : `${milliseconds}ms`;
  },
};

/** The defined types. */
const types: readonly DataType[] = [
  integer('nf_proto', 2, 1, 'host', names.nfProtocols),
  address('ipv4_addr', 7, 4),
  address('ipv6_addr', 8, 6),
  etherAddress,
  integer('ether_type', 10, 2, 'big', names.etherTypes),
  integer('inet_proto', 12, 1, 'big', names.inetProtocols),
  integer('inet_service', 13, 2, 'big'),
  integer('icmp_type', 14, 1, 'big', names.icmpTypes),
  integer('mark', 19, 4, 'host'),
  integer('iface_index', 20, 4, 'host', { lo: 1 }),
  integer('uid', 24, 4, 'host'),
  integer('gid', 25, 4, 'host'),
  bitmask('ct_state', 26, names.ctStates),
  integer('ct_dir', 27, 1, 'host', names.ctDirections),
  bitmask('ct_status', 28, names.ctStatuses),
  integer('icmpv6_type', 29, 1, 'big', names.icmp6Types),
  integer('pkt_type', 31, 1, 'host', names.packetTypes),
  integer('fib_addrtype', 38, 4, 'host', names.fibTypes),
  interfaceName,
];

const byName = new Map(types.map((type) => [type.name, type]));
const byId = new Map(types.map((type) => [type.id, type]));

const UNKNOWN = /^type([0-9]+)\/([0-9]+)$/;

/**
 * Returns the type of this name. `type46/8` is a type without a definition here: nft's number and the size in bytes;
 * its values are hexadecimal.
 * @throws EncodeError when there is no such type
 */
export function dataType(name: string): DataType {
  const type = byName.get(name);
  if (type !== undefined) return type;
  const unknown = UNKNOWN.exec(name);
  if (unknown !== null) return opaque(Number(unknown[1]), Number(unknown[2]));
  throw new EncodeError('a set', `there is no data type "${name}"${didYouMean(name, byName.keys())}`);
}

/** Returns the type of this number and size. Without a definition here, its values are hexadecimal. */
export function dataTypeOf(id: number, size: number): DataType {
  const type = byId.get(id);
  return type !== undefined && type.size === size ? type : opaque(id, size);
}

/** Returns the size of a type's values, in bytes; undefined for a type without a definition here. */
export const sizeOfType = (id: number): number | undefined => byId.get(id)?.size;

/** Returns the type of a number: hexadecimal digits, but decimal for a single byte. */
export const bytesOf = (size: number): DataType =>
  size === 1 ? integer('integer', 4, 1, 'big') : { ...opaque(4, size), order: 'big' };

function opaque(id: number, size: number): DataType {
  const name = `type${id}/${size}`;
  return {
    name,
    id,
    size,
    order: 'text',
    parse(input) {
      const digits = /^0x([0-9a-f]*)$/.exec(String(input))?.[1];
      if (digits?.length !== 2 * size)
        throw new EncodeError(name, `"${input}" is not 0x and ${2 * size} hexadecimal digits`);
      return new Uint8Array(Buffer.from(digits, 'hex'));
    },
    format: (bytes) => `0x${Buffer.from(bytes).toString('hex')}`,
  };
}

/** The indices of interfaces by name, for `iif` and `oif`. */
export type Interfaces = ReadonlyMap<string, number>;

/** Returns the type `iface_index` with the names of a namespace's interfaces. */
export function interfaceIndex(interfaces: Interfaces): DataType {
  return integer('iface_index', 20, 4, 'host', { lo: 1, ...Object.fromEntries(interfaces) });
}
