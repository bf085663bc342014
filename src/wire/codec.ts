import type { Bytes } from './bytes.ts';
import type { Writer } from './writer.ts';

/** How a value stands in bytes. Everything else (types, fuzzing, error paths) is derived from these. */
export interface Codec<T> {
  readonly name: string;
  /**
   * Reads the value that occupies `[start, end)`.
   * @throws DecodeError when those bytes cannot be one. Never reads outside the range.
   */
  read(from: Bytes, start: number, end: number): T;
  /**
   * Appends the value, padded to a multiple of four; returns the end of the value proper, before the padding.
   * @throws EncodeError when the value does not fit.
   */
  write(to: Writer, value: T): number;
  /** What the bytes look like, for generators and for naming the attribute at an offset. */
  readonly shape: Shape;
}

export type Shape =
  | { readonly type: 'integer'; readonly bytes: 1 | 2 | 4 | 8; readonly signed: boolean }
  | { readonly type: 'flag' }
  | { readonly type: 'text'; readonly max: number }
  | { readonly type: 'bytes'; readonly min: number; readonly max: number }
  | { readonly type: 'address'; readonly lengths: readonly number[] }
  | { readonly type: 'struct'; readonly fields: readonly (readonly [string, Codec<unknown>])[]; readonly size: number }
  | { readonly type: 'attributes'; readonly fields: ReadonlyMap<number, AttributeShape> }
  | { readonly type: 'list'; readonly element: Codec<unknown>; readonly elementType: number | 'any' }
  | {
      readonly type: 'message';
      readonly header: Codec<unknown>;
      readonly headerSize: number;
      readonly attributes: Codec<unknown>;
    }
  | {
      readonly type: 'records';
      readonly header: Codec<unknown>;
      readonly headerSize: number;
      readonly attributes: Codec<unknown>;
    }
  | { readonly type: 'custom' };

export interface AttributeShape {
  readonly name: string;
  /** The type as it stands in the bytes: with NLA_F_NESTED when the attribute carries it. */
  readonly number: number;
  readonly codec: Codec<unknown> | undefined;
  /** Set when the codec depends on the value of a sibling: the sibling's name and the codec for each of its values. */
  readonly selected?: { readonly by: string; readonly registry: Readonly<Record<string, Codec<unknown>>> };
}

/** The type of the values a codec reads. (One that writes may accept more: a message's fixed part in part.) */
export type Infer<C> = C extends { read(from: Bytes, start: number, end: number): infer T } ? T : never;

/** A codec for any value: what shapes are made of. */
// eslint-disable-next-line typescript/no-explicit-any -- Codec<T> is invariant in T; nothing narrower holds them all
export type AnyCodec = Codec<any>;
