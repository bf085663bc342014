import { align4, LITTLE_ENDIAN, type Bytes } from './bytes.ts';
import type { AnyCodec, AttributeShape, Codec, Infer, Shape } from './codec.ts';
import { DecodeError, EncodeError } from './error.ts';
import type { Writer } from './writer.ts';

/** NLA_TYPE_MASK of linux/netlink.h: the type without NLA_F_NESTED and NLA_F_NET_BYTEORDER. */
export const TYPE_MASK = 0x3fff;
const NESTED = 0x8000;
/** More than the kernel ever nests. The limit protects the stack from malicious messages. */
const MAX_DEPTH = 32;

export interface Attribute<T> {
  readonly number: number;
  readonly codec: Codec<T>;
}

export interface SelectedAttribute<By extends string, R> {
  readonly number: number;
  readonly by: By;
  readonly registry: R;
}

/** Declares an attribute: its number in the uapi header, its codec, and whether its type has NLA_F_NESTED. */
export function attribute<T>(number: number, codec: Codec<T>, options: { nested?: boolean } = {}): Attribute<T> {
  return { number: options.nested === true ? number | NESTED : number, codec };
}

/**
 * Declares an attribute whose codec depends on the value of an earlier sibling: IFLA_INFO_DATA on IFLA_INFO_KIND, or an
 * nftables expression's data on its name. Where the registry has no codec for that value, the content stays bytes.
 * @param by the sibling's name
 */
export function selected<const By extends string, R extends Readonly<Record<string, AnyCodec>>>(
  number: number,
  by: By,
  registry: R,
  options: { nested?: boolean } = {},
): SelectedAttribute<By, R> {
  return { number: options.nested === true ? number | NESTED : number, by, registry };
}

type AnyAttribute = { readonly number: number };

/** Attributes that the schema does not know, by type (flags included), so that writing keeps them. */
export type Unknown = { [K in `unknown${number}`]?: Uint8Array };

export type AttributesValue<F> = {
  [K in keyof F]?: F[K] extends Attribute<infer T>
    ? T
    : F[K] extends SelectedAttribute<string, infer R>
      ? Infer<R[keyof R]> | Uint8Array
      : never;
} & Unknown;

/**
 * A set of attributes. The value is a plain object with its keys in the order of the bytes, so that writing it yields
 * the bytes that were read.
 */
export interface AttributeSet<T> extends Codec<T> {
  readInto(target: Record<string, unknown>, from: Bytes, start: number, end: number): void;
  writeFrom(to: Writer, value: Readonly<Record<string, unknown>>, skip?: ReadonlySet<string>): void;
}

interface Field {
  readonly name: string;
  readonly number: number;
  readonly codec: AnyCodec | undefined;
  readonly by: string;
  readonly registry: Readonly<Record<string, AnyCodec>> | undefined;
  /** Reads the attribute into the target; absent where a sibling selects the codec. */
  readonly store: Store | undefined;
}

type Store = (target: Record<string, unknown>, from: Bytes, start: number, end: number) => void;

/** A function for each attribute: V8 optimizes a store to one fixed name, but not to a variable one. */
const storing =
  (name: string, codec: AnyCodec): Store =>
  (target, from, start, end) => {
    target[name] = codec.read(from, start, end);
  };

let depth = 0;

/** The attributes of a set, by type and by name. */
interface Tables {
  readonly byType: readonly (Field | undefined)[];
  readonly byName: Readonly<Record<string, Field>>;
  readonly shape: Shape;
}

function tablesOf(fields: Readonly<Record<string, AnyAttribute>>): Tables {
  const byType: (Field | undefined)[] = [];
  const byName: Record<string, Field> = Object.create(null) as Record<string, Field>;
  const shapes = new Map<number, AttributeShape>();
  for (const [key, declared] of Object.entries(fields)) {
    const a = declared as Partial<Attribute<unknown>> &
      Partial<SelectedAttribute<string, Record<string, AnyCodec>>> &
      AnyAttribute;
    const field: Field = {
      name: key,
      number: a.number,
      codec: a.codec,
      by: a.by ?? '',
      registry: a.registry,
      store: a.codec === undefined ? undefined : storing(key, a.codec),
    };
    while (byType.length <= (a.number & TYPE_MASK)) byType.push(undefined);
    byType[a.number & TYPE_MASK] = field;
    byName[key] = field;
    shapes.set(a.number & TYPE_MASK, {
      name: key,
      number: a.number,
      codec: a.codec,
      ...(a.registry === undefined ? {} : { selected: { by: a.by!, registry: a.registry } }),
    });
  }
  return { byType, byName, shape: { type: 'attributes', fields: shapes } };
}

export function attributes<const F extends Readonly<Record<string, AnyAttribute>>>(
  name: string,
  fields: F,
): AttributeSet<AttributesValue<F>> {
  // Made at the first use: a program uses few of the sets.
  let cached: Tables | undefined;
  const tables = (): Tables => (cached ??= tablesOf(fields));

  function readInto(target: Record<string, unknown>, from: Bytes, start: number, end: number): void {
    const { byType } = tables();
    const view = from.view;
    let at = start;
    while (at + 4 <= end) {
      const length = view.getUint16(at, LITTLE_ENDIAN);
      const type = view.getUint16(at + 2, LITTLE_ENDIAN);
      const next = at + length;
      if (length < 4 || next > end)
        throw new DecodeError(name, at, `an attribute of length ${length} in the ${end - at} bytes left`);
      const field = byType[type & TYPE_MASK];
      if (field === undefined || field.number !== type) target[`unknown${type}`] = from.u8.slice(at + 4, next);
      else if (field.store !== undefined) field.store(target, from, at + 4, next);
      else {
        const codec = selectedCodec(field, target);
        target[field.name] = codec === undefined ? from.u8.slice(at + 4, next) : codec.read(from, at + 4, next);
      }
      at = align4(next);
    }
    if (at < end) throw new DecodeError(name, at, `${end - at} bytes left over`);
  }

  function guarded(target: Record<string, unknown>, from: Bytes, start: number, end: number): void {
    if (depth === MAX_DEPTH) throw new DecodeError(name, start, `attributes nested more than ${MAX_DEPTH} deep`);
    depth++;
    try {
      readInto(target, from, start, end);
    } finally {
      depth--;
    }
  }

  function writeFrom(to: Writer, value: Readonly<Record<string, unknown>>, skip?: ReadonlySet<string>): void {
    const { byName } = tables();
    for (const key in value) {
      const content = value[key];
      if (content === undefined || skip?.has(key) === true) continue;
      const field = byName[key];
      if (field === undefined) {
        writeUnknown(to, name, key, content);
        continue;
      }
      const start = to.beginAttribute(field.number);
      const codec =
        field.registry === undefined
          ? field.codec
          : content instanceof Uint8Array
            ? undefined
            : selectedCodec(field, value);
      if (codec !== undefined) to.endAttribute(start, codec.write(to, content));
      else if (content instanceof Uint8Array) writeRaw(to, start, content);
      else throw new EncodeError(`${name}.${key}`, `no schema for ${field.by} "${String(value[field.by])}"`);
    }
  }

  return {
    name,
    get shape() {
      return tables().shape;
    },
    readInto: guarded,
    writeFrom,
    read(from, start, end) {
      const value: Record<string, unknown> = {};
      guarded(value, from, start, end);
      return value as AttributesValue<F>;
    },
    write(to, value) {
      writeFrom(to, value);
      return to.length;
    },
  };
}

function selectedCodec(field: Field, siblings: Readonly<Record<string, unknown>>): AnyCodec | undefined {
  const key = siblings[field.by];
  return typeof key === 'string' && Object.hasOwn(field.registry!, key) ? field.registry![key] : undefined;
}

function writeUnknown(to: Writer, set: string, key: string, content: unknown): void {
  const number = key.startsWith('unknown') ? Number(key.slice(7)) : NaN;
  if (!Number.isInteger(number) || number < 0 || number > 0xffff || !(content instanceof Uint8Array)) {
    throw new EncodeError(set, `unknown attribute "${key}"`);
  }
  writeRaw(to, to.beginAttribute(number), content);
}

function writeRaw(to: Writer, start: number, content: Uint8Array): void {
  const at = to.reserve(content.length);
  to.u8.set(content, at);
  to.endAttribute(start, at + content.length);
}

/** An array: attributes of type `elementType` (NFTA_LIST_ELEM). `any` reads every type, and writes 1, 2, 3 … */
export function list<T>(
  name: string,
  elementType: number | 'any',
  element: Codec<T>,
  options: { nested?: boolean } = {},
): Codec<T[]> {
  const flags = options.nested === true ? NESTED : 0;
  return {
    name,
    shape: { type: 'list', element, elementType },
    read(from, start, end) {
      const values: T[] = [];
      let at = start;
      while (at + 4 <= end) {
        const length = from.view.getUint16(at, LITTLE_ENDIAN);
        const type = from.view.getUint16(at + 2, LITTLE_ENDIAN) & TYPE_MASK;
        if (length < 4 || at + length > end)
          throw new DecodeError(name, at, `an element of length ${length} in the ${end - at} bytes left`);
        if (elementType !== 'any' && type !== elementType)
          throw new DecodeError(name, at, `an element of type ${type}, not ${elementType}`);
        values.push(element.read(from, at + 4, at + length));
        at = align4(at + length);
      }
      if (at < end) throw new DecodeError(name, at, `${end - at} bytes left over`);
      return values;
    },
    write(to, values) {
      values.forEach((value, i) => {
        const start = to.beginAttribute((elementType === 'any' ? i + 1 : elementType) | flags);
        to.endAttribute(start, element.write(to, value));
      });
      return to.length;
    },
  };
}
