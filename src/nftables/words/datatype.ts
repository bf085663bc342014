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

export type Word = string | number;

/**
 * One of nft's data types: what the bytes of a register mean in words. Bytes here have the most significant first;
 * `order` says how a register holds them.
 */
export interface DataType {
  readonly name: string;
  /** enum datatypes of nft's datatype.h: how nft knows in which words to print a set's elements. */
  readonly id: number;
  readonly size: number;
  /** `text` is never turned round, though nft counts it as the host's order. */
  readonly order: 'host' | 'big' | 'text';
  /** Words that stand for bits, which are tested together. */
  readonly bits?: Readonly<Record<string, number>>;
  /** Has prefixes, of this family. */
  readonly family?: Family;
  parse(word: Word): Uint8Array;
  format(bytes: Uint8Array): Word;
}

function integer(
  name: string,
  id: number,
  size: number,
  order: 'host' | 'big',
  words: Readonly<Record<string, number>> = {},
): DataType {
  const max = 2 ** (8 * size) - 1;
  const byNumber = new Map<number, string>();
  for (const [word, number] of Object.entries(words)) if (!byNumber.has(number)) byNumber.set(number, word);
  return {
    name,
    id,
    size,
    order,
    parse(word) {
      const value = typeof word === 'string' && Object.hasOwn(words, word) ? words[word]! : wholeNumber(word);
      if (!(value >= 0 && value <= max)) {
        const hint = typeof word === 'string' ? didYouMean(word, Object.keys(words)) : '';
        throw new EncodeError(name, `invalid value "${word}"${hint}`);
      }
      return numberToBytes(value, size);
    },
    format(bytes) {
      const value = bytesToNumber(bytes);
      return byNumber.get(value) ?? value;
    },
  };
}

const bitmask = (name: string, id: number, words: Readonly<Record<string, number>>): DataType => ({
  ...integer(name, id, 4, 'host', words),
  bits: words,
});

const wholeNumber = (word: Word): number =>
  typeof word === 'number'
    ? Number.isInteger(word)
      ? word
      : NaN
    : /^(0x[0-9a-f]+|[0-9]+)$/i.test(word)
      ? Number(word)
      : NaN;

const address = (name: string, id: number, family: Family): DataType => ({
  name,
  id,
  size: family === 4 ? 4 : 16,
  order: 'big',
  family,
  parse(word) {
    const text = String(word);
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
  parse(word) {
    const bytes = new Uint8Array(6);
    writeMac(parseMac(String(word)), bytes, 0);
    return bytes;
  },
  format: (bytes) => macFromBytes(bytes, 0),
};

/** IFNAMSIZ: the name and at least one NUL byte. */
const IFNAMSIZ = 16;

const interfaceName: DataType = {
  name: 'ifname',
  id: 41,
  size: IFNAMSIZ,
  order: 'text',
  parse(word) {
    const text = encodeText(String(word));
    if (text.length === 0 || text.length >= IFNAMSIZ)
      throw new EncodeError('ifname', `"${word}" does not have 1 to 15 bytes`);
    const bytes = new Uint8Array(IFNAMSIZ);
    bytes.set(text);
    return bytes;
  },
  format(bytes) {
    const end = bytes.indexOf(0);
    return decodeText(bytes, 0, end < 0 ? bytes.length : end);
  },
};

/** A span of time: `240s`, or `500ms` where it is no whole number of seconds. */
export const timeSpan: DataType = {
  ...integer('lapse', 0, 4, 'host'),
  parse(word) {
    const [, number, unit] = /^([0-9]{1,10})(ms|s)$/.exec(String(word)) ?? [];
    const milliseconds = unit === undefined ? NaN : Number(number) * (unit === 's' ? 1000 : 1);
    if (!(milliseconds <= 0xffff_ffff)) throw new EncodeError('lapse', `"${word}" is not a time such as 240s`);
    return numberToBytes(milliseconds, 4);
  },
  format(bytes) {
    const milliseconds = bytesToNumber(bytes);
    return milliseconds % 1000 === 0 ? `${milliseconds / 1000}s` : `${milliseconds}ms`;
  },
};

/** The types that have words, by name. */
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

/** The type of that name. `type46/8` is one without words: nft's number for it and its size; its values are hexadecimal. */
export function dataType(name: string): DataType {
  const known = byName.get(name);
  if (known !== undefined) return known;
  const unknown = UNKNOWN.exec(name);
  if (unknown !== null) return opaque(Number(unknown[1]), Number(unknown[2]));
  throw new EncodeError('a set', `there is no data type "${name}"${didYouMean(name, byName.keys())}`);
}

/** The type of that number, if it has words and its values that size. */
export function dataTypeOf(id: number, size: number): DataType {
  const known = byId.get(id);
  return known !== undefined && known.size === size ? known : opaque(id, size);
}

/** How many bytes values of that type have, for the types that have words. */
export const sizeOfType = (id: number): number | undefined => byId.get(id)?.size;

/** Bytes that are one number, in hexadecimal digits; a single one in decimal. */
export const bytesOf = (size: number): DataType =>
  size === 1 ? integer('integer', 4, 1, 'big') : { ...opaque(4, size), order: 'big' };

function opaque(id: number, size: number): DataType {
  const name = `type${id}/${size}`;
  return {
    name,
    id,
    size,
    order: 'text',
    parse(word) {
      const digits = /^0x([0-9a-f]*)$/.exec(String(word))?.[1];
      if (digits?.length !== 2 * size)
        throw new EncodeError(name, `"${word}" is not 0x and ${2 * size} hexadecimal digits`);
      return new Uint8Array(Buffer.from(digits, 'hex'));
    },
    format: (bytes) => `0x${Buffer.from(bytes).toString('hex')}`,
  };
}

/** The interfaces' names and indices, which `iif` and `oif` compare. */
export type Interfaces = ReadonlyMap<string, number>;

/** `iface_index` in words: the namespace's own interfaces, which only the caller knows. */
export function interfaceIndex(interfaces: Interfaces): DataType {
  return integer('iface_index', 20, 4, 'host', { lo: 1, ...Object.fromEntries(interfaces) });
}
