import type { Bytes } from './bytes.ts';
import type { Writer } from './writer.ts';

/** Converts values from and to bytes. Types, test data and the attribute paths in errors are derived from codecs. */
export interface Codec<T> {
  readonly name: string;
  /**
   * Reads the value in the bytes `[start, end)`, and no byte outside.
   * @throws DecodeError when the bytes are no such value
   */
  read(from: Bytes, start: number, end: number): T;
  /**
   * Appends the value, padded to a multiple of four bytes. Returns the end of the value, before the padding.
   * @throws EncodeError when the value does not fit
   */
  write(to: Writer, value: T): number;
  /** The layout of the bytes, for test data generators and for `locate`. */
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
  /** nla_type, with NLA_F_NESTED where the attribute has it. */
  readonly number: number;
  readonly codec: Codec<unknown> | undefined;
  /** Set when the codec depends on the value of a sibling: the sibling's name and the codec for each of its values. */
  readonly selected?: { readonly by: string; readonly registry: Readonly<Record<string, Codec<unknown>>> };
}

/** The type of the values that a codec reads. Writing can accept more: a message's header with members left out. */
export type Infer<C> = C extends { read(from: Bytes, start: number, end: number): infer T } ? T : never;

/** A codec of any type. */
// eslint-disable-next-line typescript/no-explicit-any -- Codec<T> is invariant in T; nothing narrower holds them all
export type AnyCodec = Codec<any>;
