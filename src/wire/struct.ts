import type { Bytes } from './bytes.ts';
import type { Codec, Infer } from './codec.ts';
import { DecodeError } from './error.ts';
import type { Scalar } from './scalar.ts';
import type { Writer } from './writer.ts';

/** Padding of a struct: skipped by reads, written as zero. */
export interface Pad {
  readonly pad: number;
}
export const pad = (bytes: number): Pad => ({ pad: bytes });

type Fields = Readonly<Record<string, Scalar<never> | Scalar<unknown> | Pad>>;
type AnyFields = Readonly<Record<string, { readonly size: number } | Pad>>;

/** The value of a struct, without padding. */
export type StructValue<F> = { [K in keyof F as F[K] extends Pad ? never : K]: Infer<F[K]> };

/**
 * A C struct of fixed layout. Newer kernels append members to structs: reading keeps bytes after the known members in
 * `rest`. Absent members are written as zero.
 */
export interface Struct<T> extends Codec<T & { rest?: Uint8Array }> {
  readonly size: number;
  readInto(target: Record<string, unknown>, from: Bytes, at: number): void;
  writeAt(to: Writer, at: number, value: Partial<T>): void;
}

type Store = (target: Record<string, unknown>, from: Bytes, at: number) => void;

/** A function for each field: V8 optimizes a store to one fixed name, but not to a variable one. */
const storing =
  (name: string, codec: Scalar<unknown>, offset: number): Store =>
  (target, from, at) => {
    target[name] = codec.get(from, at + offset);
  };

export function struct<const F extends AnyFields>(name: string, fields: F): Struct<StructValue<F>> {
  type T = StructValue<F>;
  const names: string[] = [];
  const offsets: number[] = [];
  const codecs: Scalar<unknown>[] = [];
  const stores: Store[] = [];
  let size = 0;
  for (const [key, field] of Object.entries(fields as Fields)) {
    if ('pad' in field) {
      size += field.pad;
      continue;
    }
    names.push(key);
    offsets.push(size);
    codecs.push(field);
    stores.push(storing(key, field, size));
    size += field.size;
  }

  const self: Struct<T> = {
    name,
    size,
    shape: { type: 'struct', fields: names.map((n, i) => [n, codecs[i]!] as const), size },
    readInto(target, from, at) {
      for (let i = 0; i < stores.length; i++) stores[i]!(target, from, at);
    },
    writeAt(to, at, value) {
      for (let i = 0; i < codecs.length; i++) {
        const field = (value as Record<string, unknown>)[names[i]!];
        if (field !== undefined) codecs[i]!.set(to, at + offsets[i]!, field);
      }
    },
    read(from, start, end) {
      if (end - start < size) throw new DecodeError(name, start, `${end - start} bytes where at least ${size} belong`);
      const value: Record<string, unknown> = {};
      self.readInto(value, from, start);
      if (end - start > size) value['rest'] = from.u8.slice(start + size, end);
      return value as T & { rest?: Uint8Array };
    },
    write(to, value) {
      const rest = value.rest?.length ?? 0;
      const at = to.reserve(size + rest);
      self.writeAt(to, at, value);
      if (value.rest !== undefined) to.u8.set(value.rest, at + size);
      return at + size + rest;
    },
  };
  return self;
}
