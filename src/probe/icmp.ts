import { familyOf, ipFromBytes, type Family, type Ip } from '../addr/index.ts';
import { IPPROTO_ICMP, IPPROTO_ICMPV6 } from '../ffi/index.ts';

/** An echo reply (RFC 792; RFC 4443, section 4.2). */
export interface EchoReply {
  readonly kind: 'reply';
  readonly id: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
}

/** An ICMP error, and the packet that it quotes. */
export interface IcmpError {
  readonly kind: 'error';
  /** The meaning of its type and code: `host unreachable`. */
  readonly meaning: string;
  readonly protocol: number;
  readonly destination: Ip;
  /** The source port for TCP and UDP, the identifier for an echo request. */
  readonly port: number;
}

const ECHO_REQUEST = { 4: 8, 6: 128 } as const;
const ECHO_REPLY = { 4: 0, 6: 129 } as const;

/** The ICMP types that a probe receives: echo replies, and errors about packets that were dropped. */
export const RECEIVED_TYPES = { 4: [0, 3, 11, 12], 6: [1, 3, 4, 129] } as const;

/** An echo request. For ICMPv6 the kernel fills in the checksum, which covers the addresses (RFC 4443, section 2.3). */
export function echoRequest(family: Family, id: number, sequence: number, payload: Uint8Array): Uint8Array {
  const packet = new Uint8Array(8 + payload.length);
  packet[0] = ECHO_REQUEST[family];
  packet[4] = id >> 8;
  packet[5] = id & 0xff;
  packet[6] = sequence >> 8;
  packet[7] = sequence & 0xff;
  packet.set(payload, 8);
  if (family === 4) {
    const sum = checksum(packet);
    packet[2] = sum >> 8;
    packet[3] = sum & 0xff;
  }
  return packet;
}

/** The Internet checksum (RFC 1071). It is 0 for bytes that include their correct checksum. */
export function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i]! << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** Reads an IP header. `end` is the offset of the transport header. Returns undefined if the packet is too short. */
export function ipHeader(
  packet: Uint8Array,
  family: Family,
): { end: number; protocol: number; destination: Ip } | undefined {
  if (packet.length < (family === 4 ? 20 : 40)) return undefined;
  if (family === 6) return { end: 40, protocol: packet[6]!, destination: ipFromBytes(packet, 24, 6) };
  return { end: 4 * (packet[0]! & 0x0f), protocol: packet[9]!, destination: ipFromBytes(packet, 16, 4) };
}

/**
 * Reads a packet from a raw ICMP socket: with the IP header for IPv4, without it for IPv6 (raw(7)).
 * @returns undefined for messages that are not about probes, and for damaged ones
 */
export function readIcmp(packet: Uint8Array, family: Family): EchoReply | IcmpError | undefined {
  const start = family === 4 ? ipHeader(packet, 4)?.end : 0;
  if (start === undefined || packet.length < start + 8) return undefined;
  const icmp = packet.subarray(start);
  if (family === 4 && checksum(icmp) !== 0) return undefined;
  if (icmp[0] === ECHO_REPLY[family]) {
    return { kind: 'reply', id: be16(icmp, 4), sequence: be16(icmp, 6), payload: icmp.subarray(8) };
  }
  const meaning = meaningOf(family, icmp[0]!, icmp[1]!);
  const quoted = icmp.subarray(8);
  const header = ipHeader(quoted, family);
  if (meaning === undefined || header === undefined || quoted.length < header.end + 8) return undefined;
  const echo = header.protocol === (family === 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
  return {
    kind: 'error',
    meaning,
    protocol: header.protocol,
    destination: header.destination,
    port: be16(quoted, header.end + (echo ? 4 : 0)),
  };
}

const be16 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;

/** A host's error for a datagram to a port that no program has. */
export const PORT_UNREACHABLE = 'port unreachable';

/** Codes of "destination unreachable" (RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1). */
const UNREACHABLE_V4: Readonly<Record<number, string>> = {
  0: 'network unreachable',
  1: 'host unreachable',
  2: 'protocol unreachable',
  3: PORT_UNREACHABLE,
  5: 'source route failed',
  6: 'network unknown',
  7: 'host unknown',
  9: 'network prohibited',
  10: 'host prohibited',
  13: 'administratively prohibited',
};

/** The same codes for ICMPv6 (RFC 4443, section 3.1). */
const UNREACHABLE_V6: Readonly<Record<number, string>> = {
  0: 'no route',
  1: 'administratively prohibited',
  2: 'beyond scope of source address',
  3: 'host unreachable',
  4: PORT_UNREACHABLE,
  5: 'source address failed ingress/egress policy',
  6: 'reject route to destination',
};

/** The meaning of an error; undefined for one that does not end a probe, such as "fragmentation needed". */
function meaningOf(family: Family, type: number, code: number): string | undefined {
  if (type === (family === 4 ? 3 : 1)) {
    // Fragmentation needed (RFC 1191).
    if (family === 4 && code === 4) return undefined;
    return (family === 4 ? UNREACHABLE_V4 : UNREACHABLE_V6)[code] ?? `unreachable, code ${code}`;
  }
  if (type === (family === 4 ? 11 : 3)) return code === 0 ? 'hop limit exceeded, as in a routing loop' : undefined;
  if (type === (family === 4 ? 12 : 4)) return 'parameter problem';
  return undefined;
}

/** The protocol number of ICMP, or ICMPv6, for an address. */
export const icmpProtocol = (ip: Ip): number => (familyOf(ip) === 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
