import { ipFromBytes, type Ip } from '../addr/index.ts';
import type { TableFamily } from '../state/index.ts';
import type { Event } from '../netlink/index.ts';
import { familyName } from './families.ts';
import { NFT_MSG_TRACE } from './constants.ts';
import { verdictCodes } from './data.ts';
import { trace } from './schema/index.ts';

export { NFNLGRP_NFTRACE } from './constants.ts';

/** A trace event: one step of a packet with `meta nftrace set 1` through the rules (`nft monitor trace`). */
export interface TraceEvent {
  readonly family: TableFamily;
  readonly table: string;
  readonly chain: string;
  /** The cause of the event: a rule that matched, a return from the chain, or the policy of a base chain. */
  readonly by: 'rule' | 'return' | 'policy' | 'unknown';
  /** The handle of the rule that matched. */
  readonly ruleHandle?: bigint;
  readonly verdict?: string;
  /** The same in all events of one packet. */
  readonly id: number;
  /** Indices of the input interface and of the output interface. */
  readonly iif?: number;
  readonly oif?: number;
  /** The packet's headers, which the kernel sends with the first event of each base chain. */
  readonly packet?: TracedPacket;
}

/** Addresses, protocol and ports of a packet's headers. */
export interface TracedPacket {
  readonly source: Ip;
  readonly destination: Ip;
  /** IPPROTO_* of the payload; for IPv6, the next header field of the IPv6 header. */
  readonly protocol: number;
  /** For TCP, UDP, UDP-Lite, SCTP and DCCP. */
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** For ICMP and ICMPv6. */
  readonly type?: number;
}

const KINDS = ['unknown', 'policy', 'return', 'rule'] as const;
const VERDICTS = new Map<number, string>(Object.entries(verdictCodes).map(([name, code]) => [code, name]));

/**
 * Decodes an event of {@link NFNLGRP_NFTRACE} (enum nft_trace_attributes of linux/netfilter/nf_tables.h). Truncated
 * headers are read as far as they go.
 * @returns undefined when the event is of another type
 * @throws DecodeError
 */
export function readTrace(event: Event): TraceEvent | undefined {
  if (event.type !== NFT_MSG_TRACE) return undefined;
  const message: Partial<ReturnType<typeof trace.read>> = trace.read(event.from, event.start, event.end);
  const { table = '', chain = '', ruleHandle, kind = 0, verdict, id = 0, iif, oif } = message;
  const verdictName = verdict?.code === undefined ? undefined : VERDICTS.get(verdict.code);
  const packet = packetOf(message.networkHeader, message.transportHeader);
  return {
    family: familyName(message.family ?? 0) ?? 'inet',
    table,
    chain,
    by: KINDS[kind] ?? 'unknown',
    ...(ruleHandle === undefined ? {} : { ruleHandle }),
    ...(verdictName === undefined ? {} : { verdict: verdictName }),
    id,
    ...(iif === undefined ? {} : { iif }),
    ...(oif === undefined ? {} : { oif }),
    ...(packet === undefined ? {} : { packet }),
  };
}

const ICMP = new Set([1, 58]);
const WITH_PORTS = new Set([6, 17, 33, 132, 136]);

/** Reads a network header and a transport header: RFC 791, section 3.1; RFC 8200, section 3. */
export function packetOf(
  network: Uint8Array | undefined,
  transport: Uint8Array = new Uint8Array(),
): TracedPacket | undefined {
  const version = (network?.[0] ?? 0) >> 4;
  if (network === undefined || !((version === 4 && network.length >= 20) || (version === 6 && network.length >= 40)))
    return undefined;
  const [source, destination, protocol] =
    version === 4
      ? [ipFromBytes(network, 12, 4), ipFromBytes(network, 16, 4), network[9]!]
      : [ipFromBytes(network, 8, 6), ipFromBytes(network, 24, 6), network[6]!];
  const packet = { source, destination, protocol };
  if (ICMP.has(protocol) && transport.length > 0) return { ...packet, type: transport[0]! };
  if (!WITH_PORTS.has(protocol) || transport.length < 4) return packet;
  return {
    ...packet,
    sourcePort: transport[0]! * 256 + transport[1]!,
    destinationPort: transport[2]! * 256 + transport[3]!,
  };
}
