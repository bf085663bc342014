import { DnsError } from './error.ts';

/** Octets of the length that goes before a message over TCP (RFC 1035, section 4.2.2). */
const LENGTH = 2;

/** A message as it goes over TCP: after its length. */
export const frame = (message: Uint8Array): Uint8Array =>
  Buffer.concat([Uint8Array.of(message.length >> 8, message.length & 0xff), message]);

/**
 * The first message of what has come over TCP, and what came after it; undefined until all of it is there.
 * @param most how long it may be, in octets
 * @throws DnsError when it says that it is longer
 */
export function readFrame(
  received: Buffer,
  most = 0xffff,
): { readonly message: Uint8Array; readonly rest: Buffer } | undefined {
  if (received.length < LENGTH) return undefined;
  const length = received.readUInt16BE(0);
  if (length > most) throw new DnsError(`a DNS message has ${length} octets, and may have ${most}`);
  const end = LENGTH + length;
  if (received.length < end) return undefined;
  return { message: new Uint8Array(received.subarray(LENGTH, end)), rest: received.subarray(end) };
}
