import { DnsError } from './error.ts';

/**
 * Maximum octets of an encoded name, with its length octets and the root label, and of a label (RFC 1035, section
 * 2.3.4).
 */
const NAME_MAX = 255;
const LABEL_MAX = 63;

const POINTER = 0xc0;
const PLAIN = /^[a-z0-9_-]$/;

/**
 * Decodes the name at offset `at`, in lower case and without the trailing dot; the root is the empty string. An octet
 * that is not a letter, digit, hyphen or underscore becomes `\ddd` (RFC 1035, section 5.1).
 * @returns the name, and the offset of the octet after it
 * @throws DnsError if the name is truncated or too long, or has an invalid compression pointer
 */
export function readName(message: Uint8Array, at: number): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let octets = 1;
  let end: number | undefined;
  // A pointer must point to before the start of the part that contains it: so there is no loop.
  let start = at;
  for (;;) {
    const length = byteAt(message, at);
    if (length === 0) return { name: labels.join('.'), end: end ?? at + 1 };
    if ((length & POINTER) === POINTER) {
      const target = ((length & ~POINTER) << 8) | byteAt(message, at + 1);
      if (target >= start) throw new DnsError('invalid compression pointer in a DNS name');
      end ??= at + 2;
      start = target;
      at = target;
      continue;
    }
    if (length > LABEL_MAX) throw new DnsError('unknown label type in a DNS name');
    octets += length + 1;
    if (octets > NAME_MAX) throw new DnsError(`a DNS name is longer than ${NAME_MAX} octets`);
    if (at + 1 + length > message.length) throw new DnsError('truncated DNS name');
    labels.push(labelText(message.subarray(at + 1, at + 1 + length)));
    at += 1 + length;
  }
}

function byteAt(message: Uint8Array, at: number): number {
  const byte = message[at];
  if (byte === undefined) throw new DnsError('truncated DNS name');
  return byte;
}

function labelText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    const character = String.fromCharCode(byte).toLowerCase();
    text += PLAIN.test(character) ? character : `\\${String(byte).padStart(3, '0')}`;
  }
  return text;
}

/** Encodes a name without compression. @throws DnsError if it is too long, or a label is empty or too long */
export function writeName(name: string): Uint8Array {
  if (name === '') return new Uint8Array(1);
  const parts: number[] = [];
  for (const label of name.split('.')) {
    const octets = [...label.matchAll(/\\(\d{3})|[^\\]/g)].map(([character, code]) =>
      code === undefined ? character.charCodeAt(0) : Number(code),
    );
    if (octets.length === 0 || octets.length > LABEL_MAX || octets.some((octet) => octet > 255))
      throw new DnsError(`invalid DNS name "${name}": labels have 1 to ${LABEL_MAX} octets`);
    parts.push(octets.length, ...octets);
  }
  if (parts.length + 1 > NAME_MAX) throw new DnsError(`invalid DNS name "${name}": it is too long`);
  return Uint8Array.from([...parts, 0]);
}
