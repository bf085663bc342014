import { EncodeError } from '../../wire/index.ts';
import { ByteorderOp, CmpOp, expr, NFT_LOOKUP_F_INV, RangeOp } from '../expr/index.ts';
import type { MatchOperator, MatchValue, SetElement } from '../../state/index.ts';
import { NFT_REG_VERDICT } from '../constants.ts';
import { parseBits, parseInterval, prefixBits, type RangeWord, maskOf, type Word } from '../words/index.ts';
import type { Encoding } from './context.ts';
import { dependencyExprs, markKnown, markKnownFrom, missingDependencies } from './dependencies.ts';
import { registerOfSlot, slotsOf, registerOrder } from './register.ts';
import { CONCATENATION, load, loads, partsOf, type SelectorSpec } from './selectors.ts';

/** Where nft puts what it looks at: NFT_REG_1. */
const REGISTER = 1;

const ops: Readonly<Record<Exclude<MatchOperator, 'in'>, number>> = {
  '==': CmpOp.eq,
  '!=': CmpOp.neq,
  '<': CmpOp.lt,
  '<=': CmpOp.lte,
  '>': CmpOp.gt,
  '>=': CmpOp.gte,
};

/** A match in the expressions nft writes for it. */
export function encodeMatch(to: Encoding, left: string, op: MatchOperator, right: MatchValue): void {
  const parts = prepare(to, left);
  const [only] = parts;
  if (typeof right === 'object' && 'set' in right) {
    if (op !== '==' && op !== '!=' && op !== 'in')
      throw new EncodeError('a match', `"${op}" cannot compare ${left} with a set`);
    lookIn(to, parts, right.set, undefined, op === '!=');
  } else if (only === undefined || parts.length > 1) {
    const words = typeof right === 'object' && 'anyOf' in right ? right.anyOf : [right];
    lookInAnonymous(
      to,
      left,
      parts,
      op,
      words.map((word) => ({ key: splitWords(word) })),
    );
  } else if (op === 'in' && only.type.bits !== undefined) {
    testBits(to, only, typeof right === 'object' && 'anyOf' in right ? right.anyOf : [right]);
  } else if (typeof right === 'object' && 'anyOf' in right && right.anyOf.length !== 1) {
    lookInAnonymous(
      to,
      left,
      parts,
      op,
      right.anyOf.map((word) => ({ key: [word] })),
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
  markKnownFrom(to.known, left, op === 'in' ? '==' : op, right);
}

/** A verdict map: the packet's fate by what `left` is. */
export function encodeVerdictMap(to: Encoding, left: string, set: string): void {
  lookIn(to, prepare(to, left), set, undefined, false, NFT_REG_VERDICT);
}

/** Puts what a map has for `parts` into `slot`, where its key is gathered too. What they need must be checked before. */
export function encodeMapLookup(to: Encoding, parts: readonly SelectorSpec[], map: string, slot: number): void {
  lookIn(to, parts, map, undefined, false, registerOfSlot(slot), undefined, slot);
}

/** Emits what the selector needs to be checked first, for all of its parts before the first is loaded. */
export function prepare(to: Encoding, left: string): readonly SelectorSpec[] {
  const parts = partsOf(left, to.interfaces);
  for (const { needs } of parts) {
    for (const dependency of missingDependencies(to.known, needs)) to.emit(...dependencyExprs(dependency));
    markKnown(to.known, needs);
  }
  return parts;
}

function compare(
  to: Encoding,
  left: string,
  spec: SelectorSpec,
  op: Exclude<MatchOperator, 'in'>,
  word: Word | RangeWord,
): void {
  const { source, type } = spec;
  const { low, high, form } = parseInterval(type, word);
  const equality = op === '==' || op === '!=';
  if (form !== 'value' && !equality) throw new EncodeError('a match', `"${op}" cannot compare ${left} with a ${form}`);
  if (form === 'prefix') {
    comparePrefix(to, { source, type }, ops[op], low, prefixBits(low, high)!);
    return;
  }
  to.emit(...loads(spec, REGISTER));
  // Order means something with the most significant byte first only.
  const turned = type.order === 'host' && (form === 'range' || !equality);
  if (turned) turn(to, REGISTER, type.size);
  const value = (bytes: Uint8Array) => ({ value: turned ? bytes : registerOrder(type, bytes) });
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

/** Whole bytes are compared by looking at fewer of them, others under a mask. */
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

function testBits(to: Encoding, { source, type }: SelectorSpec, words: readonly (Word | RangeWord)[]): void {
  const plain = words.map((word) => {
    if (typeof word === 'object') throw new EncodeError('a match', `${type.name} has no ranges`);
    return word;
  });
  to.emit(
    load(source, REGISTER),
    mask(registerOrder(type, parseBits(type, plain))),
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

function turn(to: Encoding, register: number, size: number): void {
  if (size > 1) to.emit(expr('byteorder', { sreg: register, dreg: register, op: ByteorderOp.hton, len: size, size }));
}

function lookInAnonymous(
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
    key.some((word, i) => parseInterval(parts[i]!.type, word).form !== 'value'),
  );
  const added = to.addSet({
    key: parts.map(({ type }) => type.name),
    flags: ranged ? ['constant', 'interval'] : ['constant'],
    elements: numbered(parts, elements),
  });
  lookIn(to, parts, added.name, added.id, op === '!=', undefined, ranged);
}

/** Interfaces by number, since a set's description does not know their names. */
function numbered(parts: readonly SelectorSpec[], elements: readonly SetElement[]): readonly SetElement[] {
  if (parts.every(({ type }) => type.name !== 'iface_index')) return elements;
  return elements.map(({ key }) => ({
    key: key.map((word, i) =>
      parts[i]!.type.name === 'iface_index' && typeof word === 'string'
        ? Number(`0x${Buffer.from(parts[i]!.type.parse(word)).toString('hex')}`)
        : word,
    ),
  }));
}

function lookIn(
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

/** Puts the parts of a key into registers, one after the other. Returns the first slot after them. */
export function loadKey(to: Encoding, parts: readonly SelectorSpec[], first: number, ranged = false): number {
  let slot = first;
  for (const spec of parts) {
    const register = registerOfSlot(slot);
    to.emit(...loads(spec, register));
    if (ranged && spec.type.order === 'host') turn(to, register, spec.type.size);
    slot += slotsOf(spec.type.size);
  }
  return slot;
}

/** The parts of a concatenated value: `10.0.0.1 . 80-90`. */
function splitWords(word: Word | RangeWord): readonly (Word | RangeWord)[] {
  if (typeof word !== 'string') return [word];
  return word.split(CONCATENATION).map((part) => {
    const range = /^([0-9][0-9a-f.:]*)-([0-9][0-9a-f.:]*)$/i.exec(part);
    return range === null ? part : { range: [range[1]!, range[2]!] };
  });
}
