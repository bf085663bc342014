import { EncodeError } from './error.ts';

let utf8: InstanceType<typeof TextDecoder> | undefined;

/** A byte that is no part of UTF-8 stands in text as this and its value: a low surrogate, which no UTF-8 yields. */
const ESCAPE = 0xdc00;
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Text of the kernel's. It takes any bytes for a name, and programs mean UTF-8 by them; bytes that are not UTF-8 become
 * lone surrogates, so that {@link encodeText} gives back what was read (as Python does: PEP 383).
 */
export function decodeText(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte >= 0x80) return decodeOther(bytes.subarray(start, end));
    text += String.fromCharCode(byte);
  }
  return text;
}

function decodeOther(bytes: Uint8Array): string {
  try {
    utf8 ??= new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return utf8.decode(bytes);
  } catch {
    return Array.from(bytes, (byte) => String.fromCharCode(byte < 0x80 ? byte : ESCAPE + byte)).join('');
  }
}

/** The bytes of a text. @throws EncodeError when it has half a surrogate pair that stands for no byte */
export function encodeText(text: string): Uint8Array {
  // ASCII, as most is: the expression alone takes a tenth of a millisecond to compile.
  if (Buffer.byteLength(text) === text.length) return Buffer.from(text, 'latin1');
  if (!LONE_SURROGATE.test(text)) return Buffer.from(text);
  return Buffer.concat(
    Array.from(text, (character) => {
      if (!LONE_SURROGATE.test(character)) return Buffer.from(character);
      const byte = character.charCodeAt(0) - ESCAPE;
      if (byte < 0x80 || byte > 0xff) throw new EncodeError('text', `"${text}" contains a lone surrogate`);
      return Buffer.of(byte);
    }),
  );
}
