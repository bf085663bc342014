import { dataType, dataTypeOf, sizeOfType, type DataType, hostOrder } from '../datatypes/index.ts';

/** The type of a concatenation has six bits for each part: TYPE_BITS of nft's datatype.h. */
const TYPE_BITS = 6;
const TYPE_MASK = (1 << TYPE_BITS) - 1;

const padded = (size: number): number => (size + 3) & ~3;

/** The data type of a key or of a map's values: one type, or the parts of a concatenation. */
export interface Types {
  readonly parts: readonly DataType[];
  /** nft's number of the type or of the concatenation. */
  readonly id: number;
  /** In bytes. Each part of a concatenation is padded to 32-bit registers. */
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

/**
 * Returns the types of a kernel set from its type number. A type without a definition here is `type46/8`.
 * @param lengths the lengths of the parts, in bytes, if the set has them
 */
export function typesFrom(id: number, length: number, lengths?: readonly number[]): Types {
  const ids: number[] = [];
  for (let rest = id; rest > 0; rest >>>= TYPE_BITS) ids.unshift(rest & TYPE_MASK);
  const sizes = ids.map((part, i) => lengths?.[i] ?? sizeOfType(part) ?? NaN);
  const total = sizes.reduce((sum, size) => sum + padded(size), 0);
  if (ids.length < 2 || total !== length) return { parts: [dataTypeOf(id, length)], id, length };
  return { parts: ids.map((part, i) => dataTypeOf(part, sizes[i]!)), id, length };
}

/**
 * Joins the values of the parts into the bytes of a key. In interval sets (`ordered`), which the kernel sorts by bytes,
 * values in host byte order are stored in big endian too.
 */
export function joinParts(types: Types, values: readonly Uint8Array[], ordered: boolean): Uint8Array {
  if (types.parts.length === 1) return setOrder(types.parts[0]!, values[0]!, ordered);
  const bytes = new Uint8Array(types.length);
  let at = 0;
  types.parts.forEach((part, i) => {
    bytes.set(setOrder(part, values[i]!, ordered), at);
    at += padded(part.size);
  });
  return bytes;
}

/** Splits the bytes of a key into the values of its parts. */
export function splitParts(types: Types, bytes: Uint8Array, ordered: boolean): readonly Uint8Array[] {
  let at = 0;
  return types.parts.map((part) => {
    const value = setOrder(part, bytes.slice(at, at + part.size), ordered);
    at += padded(part.size);
    return value;
  });
}

const setOrder = (type: DataType, value: Uint8Array, ordered: boolean): Uint8Array =>
  type.order === 'host' && !ordered ? hostOrder(value) : value;
