import { LITTLE_ENDIAN } from '../../wire/index.ts';

// Values are handled as bytes in big endian, whatever their byte order in a register, so that prefixes, ranges and
// sorting work in the same way for all types.

export function numberToBytes(value: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = size - 1; i >= 0; i--) {
    bytes[i] = value % 256;
    value = Math.floor(value / 256);
  }
  return bytes;
}

export function bytesToNumber(bytes: Uint8Array): number {
  let value = 0;
  for (const byte of bytes) value = value * 256 + byte;
  return value;
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

/** Returns the value plus 1, or undefined for the maximum. */
export function increment(bytes: Uint8Array): Uint8Array | undefined {
  const next = bytes.slice();
  for (let i = next.length - 1; i >= 0; i--) {
    next[i] = (next[i]! + 1) & 0xff;
    if (next[i] !== 0) return next;
  }
  return undefined;
}

/** Returns the value minus 1; for 0, the maximum. */
export function decrement(bytes: Uint8Array): Uint8Array {
  const previous = bytes.slice();
  for (let i = previous.length - 1; i >= 0; i--) {
    previous[i] = (previous[i]! - 1) & 0xff;
    if (previous[i] !== 0xff) break;
  }
  return previous;
}

/** Returns `length` bytes in which the first `bits` bits are 1. */
export function maskOf(bits: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (0xff00 >> Math.min(8, Math.max(0, bits - 8 * i))) & 0xff);
}

/** Returns the number of leading 1 bits of a mask, or undefined when a 1 follows a 0. */
export function maskLength(mask: Uint8Array): number | undefined {
  let bits = 0;
  while (bits < 8 * mask.length && (mask[bits >> 3]! & (0x80 >> (bits & 7))) !== 0) bits++;
  return compareBytes(mask, maskOf(bits, mask.length)) === 0 ? bits : undefined;
}

/** Converts a value between big endian and host byte order. */
export const hostOrder = (bytes: Uint8Array): Uint8Array => (LITTLE_ENDIAN ? bytes.toReversed() : bytes);
