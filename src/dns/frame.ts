import { DnsError } from './error.ts';

/** Octets of the length field before each message over TCP (RFC 1035, section 4.2.2). */
const LENGTH = 2;

/** Puts the length field of DNS over TCP in front of a message. */
export const frame = (message: Uint8Array): Uint8Array =>
  Buffer.concat([Uint8Array.of(message.length >> 8, message.length & 0xff), message]);

/**
 * Reads the first message from bytes received over TCP.
 * @param max its maximum length in octets
 * @returns the message, and the bytes after it; undefined if it is not complete yet
 * @throws DnsError if its length field exceeds `max`
 */
export function readFrame(
  received: Buffer,
  max = 0xffff,
): { readonly message: Uint8Array; readonly rest: Buffer } | undefined {
  if (received.length < LENGTH) return undefined;
  const length = received.readUInt16BE(0);
  if (length > max) throw new DnsError(`a DNS message has ${length} octets; at most ${max} are accepted`);
  const end = LENGTH + length;
  if (received.length < end) return undefined;
  return { message: new Uint8Array(received.subarray(LENGTH, end)), rest: received.subarray(end) };
}
