import { ipFromBytes, ipToBytes, ipv4FromBytes, macFromBytes, writeMac, type Ip, type Mac } from '../addr/index.ts';
import { LITTLE_ENDIAN, type Bytes } from './bytes.ts';
import type { Codec, Shape } from './codec.ts';
import { DecodeError, EncodeError } from './error.ts';
import { decodeText, encodeText } from './text.ts';
import type { Writer } from './writer.ts';

/** A codec of a fixed size, for an attribute or for a member of a struct. */
export interface Scalar<T> extends Codec<T> {
  readonly size: number;
  get(from: Bytes, at: number): T;
  set(to: Writer, at: number, value: T): void;
}

function scalar<T>(
  name: string,
  size: number,
  shape: Shape,
  get: (from: Bytes, at: number) => T,
  set: (to: Writer, at: number, value: T) => void,
): Scalar<T> {
  return {
    name,
    size,
    shape,
    get,
    set,
    read(from, start, end) {
      if (end - start !== size) throw new DecodeError(name, start, `${end - start} bytes where ${size} belong`);
      return get(from, start);
    },
    write(to, value) {
      const at = to.reserve(size);
      set(to, at, value);
      return at + size;
    },
  };
}

function integer(
  name: string,
  bytes: 1 | 2 | 4,
  signed: boolean,
  get: (view: DataView, at: number) => number,
  set: (view: DataView, at: number, value: number) => void,
): Scalar<number> {
  const max = 2 ** (8 * bytes - (signed ? 1 : 0)) - 1;
  const min = signed ? -max - 1 : 0;
  return scalar(
    name,
    bytes,
    { type: 'integer', bytes, signed },
    (from, at) => get(from.view, at),
    (to, at, value) => {
      if (!(value >= min && value <= max))
        throw new EncodeError(name, `invalid value ${value}: expected ${min} to ${max}`);
      set(to.view, at, value);
    },
  );
}

export const u8 = integer(
  'u8',
  1,
  false,
  (v, at) => v.getUint8(at),
  (v, at, n) => v.setUint8(at, n),
);
export const u16 = integer(
  'u16',
  2,
  false,
  (v, at) => v.getUint16(at, LITTLE_ENDIAN),
  (v, at, n) => v.setUint16(at, n, LITTLE_ENDIAN),
);
export const u32 = integer(
  'u32',
  4,
  false,
  (v, at) => v.getUint32(at, LITTLE_ENDIAN),
  (v, at, n) => v.setUint32(at, n, LITTLE_ENDIAN),
);
export const s32 = integer(
  's32',
  4,
  true,
  (v, at) => v.getInt32(at, LITTLE_ENDIAN),
  (v, at, n) => v.setInt32(at, n, LITTLE_ENDIAN),
);
/** Network byte order, which most attributes of nftables have. */
export const be16 = integer(
  'be16',
  2,
  false,
  (v, at) => v.getUint16(at),
  (v, at, n) => v.setUint16(at, n),
);
export const be32 = integer(
  'be32',
  4,
  false,
  (v, at) => v.getUint32(at),
  (v, at, n) => v.setUint32(at, n),
);
export const sbe32 = integer(
  'sbe32',
  4,
  true,
  (v, at) => v.getInt32(at),
  (v, at, n) => v.setInt32(at, n),
);

function integer64(name: string, littleEndian: boolean): Scalar<bigint> {
  return scalar(
    name,
    8,
    { type: 'integer', bytes: 8, signed: false },
    (from, at) => from.view.getBigUint64(at, littleEndian),
    (to, at, value) => {
      if (value < 0n || value > 0xffff_ffff_ffff_ffffn)
        throw new EncodeError(name, `${value} is not an unsigned 64-bit number`);
      to.view.setBigUint64(at, value, littleEndian);
    },
  );
}
export const u64 = integer64('u64', LITTLE_ENDIAN);
export const be64 = integer64('be64', false);

/** A u8 that is written as 0 or 1. Every byte but 0 reads as true, as in the kernel. */
export const bool = scalar<boolean>(
  'bool',
  1,
  { type: 'integer', bytes: 1, signed: false },
  (from, at) => from.u8[at] !== 0,
  (to, at, value) => {
    to.u8[at] = value ? 1 : 0;
  },
);

/** NLA_FLAG: an attribute without a payload, which is true when present. */
export const flag: Codec<true> = {
  name: 'flag',
  shape: { type: 'flag' },
  read(_from, start, end) {
    if (start !== end) throw new DecodeError('flag', start, `${end - start} bytes where none belong`);
    return true;
  },
  write: (to) => to.length,
};

export const mac = scalar<Mac>(
  'mac',
  6,
  { type: 'bytes', min: 6, max: 6 },
  (from, at) => macFromBytes(from.u8, at),
  (to, at, value) => writeMac(value, to.u8, at),
);

/** An IP address: 4 bytes are IPv4, 16 are IPv6. */
export const ip: Codec<Ip> = {
  name: 'ip',
  shape: { type: 'address', lengths: [4, 16] },
  read(from, start, end) {
    if (end - start === 4) return ipv4FromBytes(from.u8, start);
    if (end - start === 16) return ipFromBytes(from.u8, start, 6);
    throw new DecodeError('ip', start, `${end - start} bytes, neither IPv4's 4 nor IPv6's 16`);
  },
  write(to, value) {
    const bytes = ipToBytes(value);
    const at = to.reserve(bytes.length);
    to.u8.set(bytes, at);
    return at + bytes.length;
  },
};

/** NLA_NUL_STRING: text that ends with a NUL byte. `max` counts it (16 for an interface name). */
export function cString(max = 0xffff): Codec<string> {
  return {
    name: 'cString',
    shape: { type: 'text', max },
    read(from, start, end) {
      if (end === start || from.u8[end - 1] !== 0) throw new DecodeError('cString', start, 'no NUL byte at its end');
      return decodeText(from.u8, start, end - 1);
    },
    write(to, value) {
      const start = to.length;
      const at = to.reserve(value.length + 1);
      for (let i = 0; i < value.length; i++) {
        const c = value.charCodeAt(i);
        if (c >= 0x80) {
          to.length = start;
          return writeEncoded(to, encodeText(value));
        }
        to.u8[at + i] = c;
      }
      return at + value.length + 1;
    },
  };
}

function writeEncoded(to: Writer, encoded: Uint8Array): number {
  const at = to.reserve(encoded.length + 1);
  to.u8.set(encoded, at);
  return at + encoded.length + 1;
}

/** NLA_BINARY: bytes, copied out of the buffer. */
export function bytes(min = 0, max = 0xffff): Codec<Uint8Array> {
  return {
    name: 'bytes',
    shape: { type: 'bytes', min, max },
    read(from, start, end) {
      if (end - start < min || end - start > max) {
        throw new DecodeError('bytes', start, `${end - start} bytes, not from ${min} to ${max}`);
      }
      return from.u8.slice(start, end);
    },
    write(to, value) {
      const at = to.reserve(value.length);
      to.u8.set(value, at);
      return at + value.length;
    },
  };
}

/** A number with names: reads as its name, or as `unknown N` when it has none; writes both. */
export function named<const N extends string>(
  base: Scalar<number>,
  names: Readonly<Record<N, number>>,
): Scalar<N | `unknown ${number}`> {
  const byNumber = new Map<number, N>();
  for (const name of Object.keys(names) as N[]) if (!byNumber.has(names[name])) byNumber.set(names[name], name);
  return scalar(
    `named ${base.name}`,
    base.size,
    base.shape,
    (from, at) => {
      const value = base.get(from, at);
      return byNumber.get(value) ?? (`unknown ${value}` as const);
    },
    (to, at, value) => {
      const number = Object.hasOwn(names, value)
        ? names[value as N]
        : value.startsWith('unknown ')
          ? Number(value.slice(8))
          : NaN;
      if (Number.isNaN(number))
        throw new EncodeError(base.name, `invalid value "${value}": expected ${Object.keys(names).join(', ')}`);
      base.set(to, at, number);
    },
  );
}
