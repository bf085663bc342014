import { ipFromBytes, type Ip } from '../addr/index.ts';
import type { TableFamily } from '../state/index.ts';
import type { Event } from '../netlink/index.ts';
import { familyName } from './families.ts';
import { NFT_MSG_TRACE } from './constants.ts';
import { verdictCodes } from './data.ts';
import { trace } from './schema/index.ts';

export { NFNLGRP_NFTRACE } from './constants.ts';

/** One step of a packet that carries the trace mark (`meta nftrace set 1`) through the rules. */
export interface TraceEvent {
  readonly family: TableFamily;
  readonly table: string;
  readonly chain: string;
  /** What took the step: a rule that matched, a return from the chain, or its policy at its end. */
  readonly by: 'rule' | 'return' | 'policy' | 'unknown';
  /** Of the rule that matched. */
  readonly ruleHandle?: bigint;
  readonly verdict?: string;
  /** The same in all events of one packet, for as long as it is under way. */
  readonly id: number;
  /** Indexes of the interfaces it came by and goes out by. */
  readonly iif?: number;
  readonly oif?: number;
  /** Its headers, which the kernel gives with the first step in each hook's rules. */
  readonly packet?: TracedPacket;
}

/** What a packet's headers say. */
export interface TracedPacket {
  readonly source: Ip;
  readonly destination: Ip;
  /** IANA's protocol number of what IP carries: of IPv6, of the first header after the fixed one. */
  readonly protocol: number;
  /** Of TCP, UDP, UDP-Lite, SCTP and DCCP. */
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** Of ICMP and ICMPv6. */
  readonly type?: number;
}

const KINDS = ['unknown', 'policy', 'return', 'rule'] as const;
const VERDICTS = new Map<number, string>(Object.entries(verdictCodes).map(([word, code]) => [code, word]));

/**
 * Reads an event of {@link NFNLGRP_NFTRACE} (enum nft_trace_attributes of linux/netfilter/nf_tables.h); undefined when it
 * is of another type. Headers that are cut short read as far as they go.
 * @throws DecodeError
 */
export function readTrace(event: Event): TraceEvent | undefined {
  if (event.type !== NFT_MSG_TRACE) return undefined;
  const message: Partial<ReturnType<typeof trace.read>> = trace.read(event.from, event.start, event.end);
  const { table = '', chain = '', ruleHandle, kind = 0, verdict, id = 0, iif, oif } = message;
  const word = verdict?.code === undefined ? undefined : VERDICTS.get(verdict.code);
  const packet = packetOf(message.networkHeader, message.transportHeader);
  return {
    family: familyName(message.family ?? 0) ?? 'inet',
    table,
    chain,
    by: KINDS[kind] ?? 'unknown',
    ...(ruleHandle === undefined ? {} : { ruleHandle }),
    ...(word === undefined ? {} : { verdict: word }),
    id,
    ...(iif === undefined ? {} : { iif }),
    ...(oif === undefined ? {} : { oif }),
    ...(packet === undefined ? {} : { packet }),
  };
}

const ICMP = new Set([1, 58]);
const WITH_PORTS = new Set([6, 17, 33, 132, 136]);

/** What two headers say: RFC 791, section 3.1; RFC 8200, section 3. */
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
  const carries = { source, destination, protocol };
  if (ICMP.has(protocol) && transport.length > 0) return { ...carries, type: transport[0]! };
  if (!WITH_PORTS.has(protocol) || transport.length < 4) return carries;
  return {
    ...carries,
    sourcePort: transport[0]! * 256 + transport[1]!,
    destinationPort: transport[2]! * 256 + transport[3]!,
  };
}
