import { CmpOp } from '../expr/index.ts';
import type { MatchOperator, MatchValue } from '../../state/index.ts';
import { type DataType, maskLength, formatBits, formatPrefix, formatValue } from '../datatypes/index.ts';
import { registerOrder } from './register.ts';

/** The operator and value of a match. */
export interface Comparison {
  readonly op: MatchOperator;
  readonly right: MatchValue;
}

/** A register to compare: the type of the loaded value, and the operations on it. */
export interface Compared {
  readonly type: DataType;
  readonly mask?: Uint8Array;
  /** Converted to network byte order (byteorder expression). */
  readonly swapped?: boolean;
}

const ops: Readonly<Record<number, Exclude<MatchOperator, 'in'>>> = {
  [CmpOp.eq]: '==',
  [CmpOp.neq]: '!=',
  [CmpOp.lt]: '<',
  [CmpOp.lte]: '<=',
  [CmpOp.gt]: '>',
  [CmpOp.gte]: '>=',
};

/**
 * Decodes a comparison with one value. Returns undefined when no match statement expresses it.
 * @param number enum nft_cmp_ops
 */
export function comparison(register: Compared, number: number, value: Uint8Array): Comparison | undefined {
  const { type, mask } = register;
  const op = ops[number];
  if (op === undefined || value.length > type.size) return undefined;
  if (mask !== undefined) return masked(type, mask, op, value);
  const equality = op === '==' || op === '!=';
  if (value.length < type.size) {
    const low = new Uint8Array(type.size);
    low.set(value);
    const right = equality ? formatPrefix(type, low, 8 * value.length) : undefined;
    return right === undefined ? undefined : { op, right };
  }
  const bytes = bigEndian(register, value, equality);
  return bytes === undefined ? undefined : { op, right: formatValue(type, bytes) };
}

/** Decodes a comparison with a range, both bounds included. Returns undefined when no match statement expresses it. */
export function rangeComparison(
  register: Compared,
  op: '==' | '!=',
  low: Uint8Array,
  high: Uint8Array,
): Comparison | undefined {
  const { type, mask } = register;
  if (mask !== undefined || low.length !== type.size || high.length !== type.size) return undefined;
  const [from, to] = [bigEndian(register, low, false), bigEndian(register, high, false)];
  return from === undefined || to === undefined
    ? undefined
    : { op, right: { range: [type.format(from), type.format(to)] } };
}

/**
 * Returns the value in big endian. Returns undefined for an order comparison in host byte order: the kernel compares
 * bytes, and their order differs from the order of the values.
 */
function bigEndian({ type, swapped = false }: Compared, value: Uint8Array, equality: boolean): Uint8Array | undefined {
  if (swapped) return value;
  if (!equality && type.order === 'host' && type.size > 1) return undefined;
  return registerOrder(type, value);
}

function masked(type: DataType, mask: Uint8Array, op: MatchOperator, value: Uint8Array): Comparison | undefined {
  if (mask.length !== type.size || value.length !== type.size) return undefined;
  if (type.bits !== undefined) {
    const names =
      op === '!=' && value.every((byte) => byte === 0) ? formatBits(type, registerOrder(type, mask)) : undefined;
    return names === undefined ? undefined : { op: 'in', right: names.length === 1 ? names[0]! : { anyOf: names } };
  }
  const bits = maskLength(mask);
  if (bits === undefined || type.family === undefined || (op !== '==' && op !== '!=')) return undefined;
  if (value.some((byte, i) => (byte & ~mask[i]!) !== 0)) return undefined;
  return { op, right: formatPrefix(type, value, bits)! };
}
