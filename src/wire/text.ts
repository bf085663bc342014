import { EncodeError } from './error.ts';

let utf8: InstanceType<typeof TextDecoder> | undefined;

/** A byte that is not UTF-8 becomes the code unit 0xdc00 + byte: a lone low surrogate, which UTF-8 cannot contain. */
const ESCAPE = 0xdc00;
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Decodes a name that the kernel has sent. The kernel accepts any bytes as a name; programs use UTF-8. Bytes that are
 * not UTF-8 become lone surrogates, so that {@link encodeText} restores them (PEP 383).
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

/** Reverses {@link decodeText}. @throws EncodeError when a lone surrogate stands for no byte */
export function encodeText(text: string): Uint8Array {
  // ASCII, like most names: compiling the regular expression takes a tenth of a millisecond.
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
