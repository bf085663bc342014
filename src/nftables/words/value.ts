import { EncodeError } from '../../wire/index.ts';
import type { DataType, Word } from './datatype.ts';
import { compareBytes, maskLength, maskOf, numberToBytes } from './order.ts';

export type RangeWord = { readonly range: readonly [Word, Word] };

/** What a word says: every value from `low` to `high`. */
export interface Interval {
  readonly low: Uint8Array;
  readonly high: Uint8Array;
  /** How it was said. */
  readonly form: 'value' | 'prefix' | 'range';
}

/** Reads a value, a prefix (`10.0.0.0/8`, or `eth*` of interfaces) or a range. */
export function parseInterval(type: DataType, word: Word | RangeWord): Interval {
  if (typeof word === 'object') {
    const [low, high] = [type.parse(word.range[0]), type.parse(word.range[1])];
    if (compareBytes(low, high) > 0)
      throw new EncodeError(type.name, `invalid range ${word.range[0]} to ${word.range[1]}: it is descending`);
    return { low, high, form: 'range' };
  }
  const text = String(word);
  if (type.family !== undefined && text.includes('/')) return parsePrefix(type, text);
  if (type.name === 'ifname' && text.endsWith('*')) {
    if (text.endsWith('\\*')) return single(type.parse(`${text.slice(0, -2)}*`));
    const length = text.length - 1;
    const mask = maskOf(8 * length, type.size);
    const low = type.parse(length === 0 ? '*' : text.slice(0, -1)).map((byte, i) => byte & mask[i]!);
    return { low, high: low.map((byte, i) => byte | (mask[i]! ^ 0xff)), form: 'prefix' };
  }
  return single(type.parse(word));
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

/** The prefix length of an interval that is one, in bits. */
export function prefixBits(low: Uint8Array, high: Uint8Array): number | undefined {
  const bits = maskLength(low.map((byte, i) => ~(byte ^ high[i]!) & 0xff));
  if (bits === undefined) return undefined;
  const mask = maskOf(bits, low.length);
  return low.every((byte, i) => (byte & (mask[i]! ^ 0xff)) === 0) ? bits : undefined;
}

/** Says an interval: as a value, as a prefix where the type has them, or as a range. */
export function formatInterval(type: DataType, low: Uint8Array, high: Uint8Array): Word | RangeWord {
  if (compareBytes(low, high) === 0) return formatValue(type, low);
  const bits = type.family === undefined && type.name !== 'ifname' ? undefined : prefixBits(low, high);
  if (bits !== undefined) {
    const prefix = formatPrefix(type, low, bits);
    if (prefix !== undefined) return prefix;
  }
  return { range: [type.format(low), type.format(high)] };
}

export function formatValue(type: DataType, value: Uint8Array): Word {
  const word = type.format(value);
  return type.name === 'ifname' && String(word).endsWith('*') ? `${String(word).slice(0, -1)}\\*` : word;
}

/** Says the prefix of that many bits, or nothing when there is no word for it. */
export function formatPrefix(type: DataType, low: Uint8Array, bits: number): Word | undefined {
  if (type.family !== undefined) return bits === 8 * type.size ? type.format(low) : `${type.format(low)}/${bits}`;
  if (type.name !== 'ifname' || bits % 8 !== 0 || bits > 8 * (type.size - 1)) return undefined;
  const text = String(type.format(low));
  return text.length === bits / 8 ? `${text}*` : undefined;
}

/** The bits that words of a bitmask type stand for. */
export function parseBits(type: DataType, words: readonly Word[]): Uint8Array {
  const bytes = words.map((word) => type.parse(word));
  return numberToBytes(0, type.size).map((_, i) => bytes.reduce((bits, b) => bits | b[i]!, 0));
}

/** The words for the bits, or undefined when some bit has none. */
export function formatBits(type: DataType, bytes: Uint8Array): readonly string[] | undefined {
  let left = bytes.reduce((value, byte) => value * 256 + byte, 0);
  const found: string[] = [];
  for (const [word, bit] of Object.entries(type.bits ?? {})) {
    if ((left & bit) === 0) continue;
    found.push(word);
    left &= ~bit;
  }
  return left === 0 && found.length > 0 ? found : undefined;
}
