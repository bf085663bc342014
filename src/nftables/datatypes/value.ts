import { EncodeError } from '../../wire/index.ts';
import type { DataType, SingleValue } from './datatype.ts';
import { compareBytes, maskLength, maskOf, numberToBytes } from './order.ts';

export type RangeValue = { readonly range: readonly [SingleValue, SingleValue] };

/** The values from `low` to `high`, both included. */
export interface Interval {
  readonly low: Uint8Array;
  readonly high: Uint8Array;
  /** How the interval was written. */
  readonly form: 'value' | 'prefix' | 'range';
}

/** Parses a value, a prefix (`10.0.0.0/8`, or `eth*` for interface names) or a range. @throws EncodeError */
export function parseInterval(type: DataType, input: SingleValue | RangeValue): Interval {
  if (typeof input === 'object') {
    const [low, high] = [type.parse(input.range[0]), type.parse(input.range[1])];
    if (compareBytes(low, high) > 0)
      throw new EncodeError(type.name, `invalid range ${input.range[0]} to ${input.range[1]}: it is descending`);
    return { low, high, form: 'range' };
  }
  const text = String(input);
  if (type.family !== undefined && text.includes('/')) return parsePrefix(type, text);
  if (type.name === 'ifname' && text.endsWith('*')) {
    if (text.endsWith('\\*')) return single(type.parse(`${text.slice(0, -2)}*`));
    const length = text.length - 1;
    const mask = maskOf(8 * length, type.size);
    const low = type.parse(length === 0 ? '*' : text.slice(0, -1)).map((byte, i) => byte & mask[i]!);
    return { low, high: low.map((byte, i) => byte | (mask[i]! ^ 0xff)), form: 'prefix' };
  }
  return single(type.parse(input));
}

const single = (value: Uint8Array): Interval => ({ low: value, high: value, form: 'value' });

function parsePrefix(type: DataType, text: string): Interval {
  const slash = text.indexOf('/');
  const digits = text.slice(slash + 1);
  if (!/^[0-9]{1,3}$/.test(digits) || Number(digits) > 8 * type.size) {
    throw new EncodeError(type.name, `invalid prefix length in "${text}": expected 0 to ${8 * type.size}`);
  }
  const mask = maskOf(Number(digits), type.size);
  const low = type.parse(text.slice(0, slash)).map((byte, i) => byte & mask[i]!);
  if (Number(digits) === 8 * type.size) return single(low);
  return { low, high: low.map((byte, i) => byte | (mask[i]! ^ 0xff)), form: 'prefix' };
}

/** Returns the prefix length of an interval, in bits; undefined when it is not a prefix. */
export function prefixBits(low: Uint8Array, high: Uint8Array): number | undefined {
  const bits = maskLength(low.map((byte, i) => ~(byte ^ high[i]!) & 0xff));
  if (bits === undefined) return undefined;
  const mask = maskOf(bits, low.length);
  return low.every((byte, i) => (byte & (mask[i]! ^ 0xff)) === 0) ? bits : undefined;
}

/** Formats an interval as a value, as a prefix if the type has prefixes, or as a range. */
export function formatInterval(type: DataType, low: Uint8Array, high: Uint8Array): SingleValue | RangeValue {
  if (compareBytes(low, high) === 0) return formatValue(type, low);
  const bits = type.family === undefined && type.name !== 'ifname' ? undefined : prefixBits(low, high);
  if (bits !== undefined) {
    const prefix = formatPrefix(type, low, bits);
    if (prefix !== undefined) return prefix;
  }
  return { range: [type.format(low), type.format(high)] };
}

/** Formats a value. An asterisk at the end of an interface name is escaped. */
export function formatValue(type: DataType, value: Uint8Array): SingleValue {
  const text = type.format(value);
  return type.name === 'ifname' && String(text).endsWith('*') ? `${String(text).slice(0, -1)}\\*` : text;
}

/** Formats a prefix of `bits` bits. Returns undefined when nft has no syntax for it. */
export function formatPrefix(type: DataType, low: Uint8Array, bits: number): SingleValue | undefined {
  if (type.family !== undefined) return bits === 8 * type.size ? type.format(low) : `${type.format(low)}/${bits}`;
  if (type.name !== 'ifname' || bits % 8 !== 0 || bits > 8 * (type.size - 1)) return undefined;
  const text = String(type.format(low));
  return text.length === bits / 8 ? `${text}*` : undefined;
}

/** Returns the bits of a bitmask type from their names. */
export function parseBits(type: DataType, names: readonly SingleValue[]): Uint8Array {
  const bytes = names.map((name) => type.parse(name));
  return numberToBytes(0, type.size).map((_, i) => bytes.reduce((bits, b) => bits | b[i]!, 0));
}

/** Returns the names of the bits, or undefined when a bit has no name or no bit is set. */
export function formatBits(type: DataType, bytes: Uint8Array): readonly string[] | undefined {
  let left = bytes.reduce((value, byte) => value * 256 + byte, 0);
  const set: string[] = [];
  for (const [name, bit] of Object.entries(type.bits ?? {})) {
    if ((left & bit) === 0) continue;
    set.push(name);
    left &= ~bit;
  }
  return left === 0 && set.length > 0 ? set : undefined;
}
