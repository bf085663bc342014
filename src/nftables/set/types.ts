import { dataType, dataTypeOf, sizeOfType, type DataType, hostOrder } from '../words/index.ts';

/** Six bits of a concatenation's type for each of its parts: TYPE_BITS of nft's datatype.h. */
const TYPE_BITS = 6;
const TYPE_MASK = (1 << TYPE_BITS) - 1;

const padded = (size: number): number => (size + 3) & ~3;

/** The types of a key or of a map's values: one, or the parts of a concatenation. */
export interface Types {
  readonly parts: readonly DataType[];
  /** nft's number for the whole. */
  readonly id: number;
  /** Bytes; each part of a concatenation fills its 32-bit registers. */
  readonly length: number;
}

export function typesOf(names: readonly string[]): Types {
  const parts = names.map(dataType);
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return { parts, id: first.id, length: first.size };
  return {
    parts,
    id: parts.reduce((id, part) => ((id << TYPE_BITS) | part.id) >>> 0, 0),
    length: parts.reduce((length, part) => length + padded(part.size), 0),
  };
}

/** The types that a set of the kernel's has, as far as their numbers say. `lengths` are the parts', where it has them. */
export function typesFrom(id: number, length: number, lengths?: readonly number[]): Types {
  const ids: number[] = [];
  for (let rest = id; rest > 0; rest >>>= TYPE_BITS) ids.unshift(rest & TYPE_MASK);
  const sizes = ids.map((part, i) => lengths?.[i] ?? sizeOfType(part) ?? NaN);
  const total = sizes.reduce((sum, size) => sum + padded(size), 0);
  if (ids.length < 2 || total !== length) return { parts: [dataTypeOf(id, length)], id, length };
  return { parts: ids.map((part, i) => dataTypeOf(part, sizes[i]!)), id, length };
}

/**
 * The bytes of a key from those of its parts. Interval sets are ordered, so the kernel holds even the host's own numbers
 * with the most significant byte first there.
 */
export function joinParts(types: Types, values: readonly Uint8Array[], ordered: boolean): Uint8Array {
  if (types.parts.length === 1) return inSet(types.parts[0]!, values[0]!, ordered);
  const bytes = new Uint8Array(types.length);
  let at = 0;
  types.parts.forEach((part, i) => {
    bytes.set(inSet(part, values[i]!, ordered), at);
    at += padded(part.size);
  });
  return bytes;
}

export function splitParts(types: Types, bytes: Uint8Array, ordered: boolean): readonly Uint8Array[] {
  let at = 0;
  return types.parts.map((part) => {
    const value = inSet(part, bytes.slice(at, at + part.size), ordered);
    at += padded(part.size);
    return value;
  });
}

const inSet = (type: DataType, value: Uint8Array, ordered: boolean): Uint8Array =>
  type.order === 'host' && !ordered ? hostOrder(value) : value;
