import { Bytes, type Codec } from '../../../src/wire/index.ts';

export interface Capture {
  readonly title: string;
  /** The message without its netlink header. */
  readonly bytes: Uint8Array;
  readonly value: unknown;
  readonly codec: Codec<unknown>;
}

/** @param hex pairs of digits; whatever follows `#` on a line is a comment */
export function capture<T>(title: string, codec: Codec<T>, hex: string, value: unknown): Capture {
  const digits = hex.replaceAll(/#.*$/gm, '').replaceAll(/\s+/g, '');
  const message = Uint8Array.from(Buffer.from(digits, 'hex'));
  if (message.length === 0 || 2 * message.length !== digits.length) throw new TypeError(`${title}: not hexadecimal`);
  return { title, bytes: message, value, codec };
}

export const read = ({ codec, bytes: message }: Capture): unknown => codec.read(new Bytes(message), 0, message.length);

/** @param length when the bytes end in zeros, which are not written out */
export function bytes(hex: string, length = hex.length / 2): Uint8Array {
  const value = new Uint8Array(length);
  value.set(Buffer.from(hex, 'hex'));
  return value;
}
