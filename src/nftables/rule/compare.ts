import { CmpOp } from '../expr/index.ts';
import type { MatchOperator, MatchValue } from '../../state/index.ts';
import { type DataType, maskLength, formatBits, formatPrefix, formatValue } from '../words/index.ts';
import { registerOrder } from './register.ts';

/** What a comparison says in words. */
export interface Comparison {
  readonly op: MatchOperator;
  readonly right: MatchValue;
}

/** A register that is compared: the type of what was loaded and what was done to it since. */
export interface Compared {
  readonly type: DataType;
  readonly mask?: Uint8Array;
  /** Turned into network byte order. */
  readonly turned?: boolean;
}

const ops: Readonly<Record<number, Exclude<MatchOperator, 'in'>>> = {
  [CmpOp.eq]: '==',
  [CmpOp.neq]: '!=',
  [CmpOp.lt]: '<',
  [CmpOp.lte]: '<=',
  [CmpOp.gt]: '>',
  [CmpOp.gte]: '>=',
};

/** A comparison with one value in words, or undefined when there are none for it. */
export function comparison(of: Compared, number: number, value: Uint8Array): Comparison | undefined {
  const op = ops[number];
  if (op === undefined || value.length > of.type.size) return undefined;
  if (of.mask !== undefined) return masked(of.type, of.mask, op, value);
  const equality = op === '==' || op === '!=';
  if (value.length < of.type.size) {
    const low = new Uint8Array(of.type.size);
    low.set(value);
    const right = equality ? formatPrefix(of.type, low, 8 * value.length) : undefined;
    return right === undefined ? undefined : { op, right };
  }
  const bytes = inOrder(of, value, equality);
  return bytes === undefined ? undefined : { op, right: formatValue(of.type, bytes) };
}

/** A comparison with two bounds. */
export function rangeComparison(
  of: Compared,
  op: '==' | '!=',
  low: Uint8Array,
  high: Uint8Array,
): Comparison | undefined {
  if (of.mask !== undefined || low.length !== of.type.size || high.length !== of.type.size) return undefined;
  const [from, to] = [inOrder(of, low, false), inOrder(of, high, false)];
  return from === undefined || to === undefined
    ? undefined
    : { op, right: { range: [of.type.format(from), of.type.format(to)] } };
}

/** The value with its most significant byte first; nothing when the order that the kernel compares in is not by value. */
function inOrder({ type, turned = false }: Compared, value: Uint8Array, equality: boolean): Uint8Array | undefined {
  if (turned) return value;
  if (!equality && type.order === 'host' && type.size > 1) return undefined;
  return registerOrder(type, value);
}

function masked(type: DataType, mask: Uint8Array, op: MatchOperator, value: Uint8Array): Comparison | undefined {
  if (mask.length !== type.size || value.length !== type.size) return undefined;
  if (type.bits !== undefined) {
    const words =
      op === '!=' && value.every((byte) => byte === 0) ? formatBits(type, registerOrder(type, mask)) : undefined;
    return words === undefined ? undefined : { op: 'in', right: words.length === 1 ? words[0]! : { anyOf: words } };
  }
  const bits = maskLength(mask);
  if (bits === undefined || type.family === undefined || (op !== '==' && op !== '!=')) return undefined;
  if (value.some((byte, i) => (byte & ~mask[i]!) !== 0)) return undefined;
  return { op, right: formatPrefix(type, value, bits)! };
}
