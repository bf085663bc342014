import { EncodeError } from '../../wire/index.ts';
import { ByteorderOp, CmpOp, expr, NFT_LOOKUP_F_INV, RangeOp } from '../expr/index.ts';
import type { MatchOperator, MatchValue, SetElement } from '../../state/index.ts';
import { NFT_REG_VERDICT } from '../constants.ts';
import { parseBits, parseInterval, prefixBits, type RangeValue, maskOf, type SingleValue } from '../datatypes/index.ts';
import type { Encoding } from './context.ts';
import { addProtocols, addProtocolsOfMatch, dependencyExprs, missingDependencies } from './dependencies.ts';
import { registerOfSlot, slotsOf, registerOrder } from './register.ts';
import { CONCATENATION, load, loads, partsOf, type SelectorSpec } from './selectors.ts';

/** NFT_REG_1: nft loads a single selector into it. */
const REGISTER = 1;

const ops: Readonly<Record<Exclude<MatchOperator, 'in'>, number>> = {
  '==': CmpOp.eq,
  '!=': CmpOp.neq,
  '<': CmpOp.lt,
  '<=': CmpOp.lte,
  '>': CmpOp.gt,
  '>=': CmpOp.gte,
};

/** Encodes a match to the same expressions as nft. @throws EncodeError */
export function encodeMatch(to: Encoding, left: string, op: MatchOperator, right: MatchValue): void {
  const parts = prepare(to, left);
  const [only] = parts;
  if (typeof right === 'object' && 'set' in right) {
    if (op !== '==' && op !== '!=' && op !== 'in')
      throw new EncodeError('a match', `"${op}" cannot compare ${left} with a set`);
    encodeLookup(to, parts, right.set, undefined, op === '!=');
  } else if (only === undefined || parts.length > 1) {
    const values = typeof right === 'object' && 'anyOf' in right ? right.anyOf : [right];
    encodeAnonymousLookup(
      to,
      left,
      parts,
      op,
      values.map((value) => ({ key: splitConcatenation(value) })),
    );
  } else if (op === 'in' && only.type.bits !== undefined) {
    testBits(to, only, typeof right === 'object' && 'anyOf' in right ? right.anyOf : [right]);
  } else if (typeof right === 'object' && 'anyOf' in right && right.anyOf.length !== 1) {
    encodeAnonymousLookup(
      to,
      left,
      parts,
      op,
      right.anyOf.map((value) => ({ key: [value] })),
    );
  } else {
    compare(
      to,
      left,
      only,
      op === 'in' ? '==' : op,
      typeof right === 'object' && 'anyOf' in right ? right.anyOf[0]! : right,
    );
  }
  addProtocolsOfMatch(to.protocols, left, op === 'in' ? '==' : op, right);
}

/** Encodes a lookup in a verdict map: `left vmap @set`. */
export function encodeVerdictMap(to: Encoding, left: string, set: string): void {
  encodeLookup(to, prepare(to, left), set, undefined, false, NFT_REG_VERDICT);
}

/** Encodes a lookup in a map: loads the key at `slot`, and replaces it by the value. Call {@link prepare} before. */
export function encodeMapLookup(to: Encoding, parts: readonly SelectorSpec[], map: string, slot: number): void {
  encodeLookup(to, parts, map, undefined, false, registerOfSlot(slot), undefined, slot);
}

/** Emits the dependencies of all parts of a selector, before the first is loaded. Returns the parts. */
export function prepare(to: Encoding, left: string): readonly SelectorSpec[] {
  const parts = partsOf(left, to.interfaces);
  for (const { requires } of parts) {
    for (const dependency of missingDependencies(to.protocols, requires)) to.emit(...dependencyExprs(dependency));
    addProtocols(to.protocols, requires);
  }
  return parts;
}

function compare(
  to: Encoding,
  left: string,
  spec: SelectorSpec,
  op: Exclude<MatchOperator, 'in'>,
  input: SingleValue | RangeValue,
): void {
  const { source, type } = spec;
  const { low, high, form } = parseInterval(type, input);
  const equality = op === '==' || op === '!=';
  if (form !== 'value' && !equality) throw new EncodeError('a match', `"${op}" cannot compare ${left} with a ${form}`);
  if (form === 'prefix') {
    comparePrefix(to, { source, type }, ops[op], low, prefixBits(low, high)!);
    return;
  }
  to.emit(...loads(spec, REGISTER));
  // The kernel compares bytes: an order comparison needs big endian.
  const swapped = type.order === 'host' && (form === 'range' || !equality);
  if (swapped) swapBytes(to, REGISTER, type.size);
  const value = (bytes: Uint8Array) => ({ value: swapped ? bytes : registerOrder(type, bytes) });
  if (form === 'value') to.emit(expr('cmp', { sreg: REGISTER, op: ops[op], data: value(low) }));
  else if (op === '!=')
    to.emit(expr('range', { sreg: REGISTER, op: RangeOp.neq, fromData: value(low), toData: value(high) }));
  else {
    to.emit(
      expr('cmp', { sreg: REGISTER, op: CmpOp.gte, data: value(low) }),
      expr('cmp', { sreg: REGISTER, op: CmpOp.lte, data: value(high) }),
    );
  }
}

/** Encodes the comparison of a prefix: for whole bytes loads fewer bytes, otherwise applies a mask. */
function comparePrefix(
  to: Encoding,
  { source, type }: Pick<SelectorSpec, 'source' | 'type'>,
  op: number,
  low: Uint8Array,
  bits: number,
): void {
  if (bits > 0 && bits % 8 === 0) {
    const value = low.slice(0, bits / 8);
    to.emit(load(source, REGISTER, value.length), expr('cmp', { sreg: REGISTER, op, data: { value } }));
    return;
  }
  if (type.family === undefined) throw new EncodeError('a match', '"*" matches every interface; leave the match out');
  to.emit(
    load(source, REGISTER),
    mask(maskOf(bits, type.size)),
    expr('cmp', { sreg: REGISTER, op, data: { value: low } }),
  );
}

/** Encodes a test whether any of these bits is set: `ct state established,related`. */
function testBits(to: Encoding, { source, type }: SelectorSpec, bits: readonly (SingleValue | RangeValue)[]): void {
  const names = bits.map((bit) => {
    if (typeof bit === 'object') throw new EncodeError('a match', `${type.name} has no ranges`);
    return bit;
  });
  to.emit(
    load(source, REGISTER),
    mask(registerOrder(type, parseBits(type, names))),
    expr('cmp', { sreg: REGISTER, op: CmpOp.neq, data: { value: new Uint8Array(type.size) } }),
  );
}

const mask = (value: Uint8Array) =>
  expr('bitwise', {
    sreg: REGISTER,
    dreg: REGISTER,
    len: value.length,
    mask: { value },
    xor: { value: new Uint8Array(value.length) },
  });

function swapBytes(to: Encoding, register: number, size: number): void {
  if (size > 1) to.emit(expr('byteorder', { sreg: register, dreg: register, op: ByteorderOp.hton, len: size, size }));
}

function encodeAnonymousLookup(
  to: Encoding,
  left: string,
  parts: readonly SelectorSpec[],
  op: MatchOperator,
  elements: readonly SetElement[],
): void {
  if (op !== '==' && op !== '!=' && op !== 'in')
    throw new EncodeError('a match', `"${op}" cannot compare ${left} with several values`);
  if (elements.length === 0) throw new EncodeError('a match', `${left} is compared with no value`);
  const ranged = elements.some(({ key }) =>
    key.some((value, i) => parseInterval(parts[i]!.type, value).form !== 'value'),
  );
  const added = to.addSet({
    key: parts.map(({ type }) => type.name),
    flags: ranged ? ['constant', 'interval'] : ['constant'],
    elements: withInterfaceIndices(parts, elements),
  });
  encodeLookup(to, parts, added.name, added.id, op === '!=', undefined, ranged);
}

/** Replaces names of interfaces by indices: encoding a set knows no names but `lo`. */
function withInterfaceIndices(parts: readonly SelectorSpec[], elements: readonly SetElement[]): readonly SetElement[] {
  if (parts.every(({ type }) => type.name !== 'iface_index')) return elements;
  return elements.map(({ key }) => ({
    key: key.map((value, i) =>
      parts[i]!.type.name === 'iface_index' && typeof value === 'string'
        ? Number(`0x${Buffer.from(parts[i]!.type.parse(value)).toString('hex')}`)
        : value,
    ),
  }));
}

function encodeLookup(
  to: Encoding,
  parts: readonly SelectorSpec[],
  set: string,
  setId: number | undefined,
  inverted: boolean,
  dreg?: number,
  ranged = to.sets[set]?.flags.includes('interval') === true,
  first = 0,
): void {
  loadKey(to, parts, first, ranged);
  to.emit(
    expr('lookup', {
      set,
      sreg: registerOfSlot(first),
      ...(dreg === undefined ? {} : { dreg }),
      ...(setId === undefined ? {} : { setId }),
      ...(inverted ? { flags: NFT_LOOKUP_F_INV } : {}),
    }),
  );
}

/** Loads the parts of a key into consecutive registers, from slot `first`. Returns the first slot after them. */
export function loadKey(to: Encoding, parts: readonly SelectorSpec[], first: number, ranged = false): number {
  let slot = first;
  for (const spec of parts) {
    const register = registerOfSlot(slot);
    to.emit(...loads(spec, register));
    if (ranged && spec.type.order === 'host') swapBytes(to, register, spec.type.size);
    slot += slotsOf(spec.type.size);
  }
  return slot;
}

/** Splits a concatenation into its parts: `10.0.0.1 . 80-90`. */
function splitConcatenation(value: SingleValue | RangeValue): readonly (SingleValue | RangeValue)[] {
  if (typeof value !== 'string') return [value];
  return value.split(CONCATENATION).map((part) => {
    const range = /^([0-9][0-9a-f.:]*)-([0-9][0-9a-f.:]*)$/i.exec(part);
    return range === null ? part : { range: [range[1]!, range[2]!] };
  });
}
