import type { Ip } from '../addr/index.ts';
import { AF_INET, AF_INET6 } from '../ffi/index.ts';
import type { FlowMessage, PROTOCOLS, TupleMessage } from './schema.ts';

/** The name of an IP protocol, as in /etc/protocols, or `unknown N` with its number. */
export type Protocol = keyof typeof PROTOCOLS | `unknown ${number}`;

/** The addresses of a flow's packets in one direction. */
export interface Tuple {
  readonly protocol: Protocol;
  readonly source: Ip;
  readonly destination: Ip;
  /** For protocols with ports. */
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** For ICMP and ICMPv6. */
  readonly icmp?: { readonly id: number; readonly type: number; readonly code: number };
}

/** An entry of the kernel's connection tracking table: a connection, or for UDP and ICMP the packets of one tuple. */
export interface Flow {
  readonly family: 4 | 6;
  /** The addresses of the first packet, before any NAT. */
  readonly original: Tuple;
  /** The addresses that replies have. Unless it is the reverse of `original`, the flow is translated (NAT). */
  readonly reply: Tuple;
  readonly status: readonly FlowStatus[];
  /** Seconds until the kernel deletes the entry, unless a packet arrives. */
  readonly timeout?: number;
  readonly mark?: number;
  /** The conntrack zone; absent is 0. */
  readonly zone?: number;
  /** Packet counters; present where net.netfilter.nf_conntrack_acct is 1. */
  readonly packets?: { readonly original: number; readonly reply: number };
  /** The state of a TCP connection. */
  readonly tcp?: TcpState | `unknown ${number}`;
  /** CTA_ID: differs from the id of a later flow with the same tuple. */
  readonly id?: number;
}

/** IPS_* of linux/netfilter/nf_conntrack_common.h, with the names of conntrack(8) and nft(8). */
const STATUS = {
  expected: 1 << 0,
  'seen-reply': 1 << 1,
  assured: 1 << 2,
  confirmed: 1 << 3,
  snat: 1 << 4,
  dnat: 1 << 5,
  dying: 1 << 9,
} as const;
/** A status bit of a flow: IPS_*. */
export type FlowStatus = keyof typeof STATUS;

/** enum tcp_conntrack of linux/netfilter/nf_conntrack_tcp.h. */
const TCP_STATES = [
  'none',
  'syn-sent',
  'syn-received',
  'established',
  'fin-wait',
  'close-wait',
  'last-ack',
  'time-wait',
  'close',
  'syn-sent2',
] as const;
/** The state of a TCP connection, as connection tracking sees it. */
export type TcpState = (typeof TCP_STATES)[number];

/** Returns the flow of a kernel message, or undefined when it is neither IPv4 nor IPv6. */
export function flowFrom(message: FlowMessage): Flow | undefined {
  const original = tupleFrom(message.original);
  const reply = tupleFrom(message.reply);
  const family = message.family === AF_INET ? 4 : message.family === AF_INET6 ? 6 : undefined;
  if (original === undefined || reply === undefined || family === undefined) return undefined;
  const { status = 0, timeout, mark, zone, id, protocolInfo, countersOriginal, countersReply } = message;
  const state = protocolInfo?.tcp?.state;
  return {
    family,
    original,
    reply,
    status: (Object.keys(STATUS) as FlowStatus[]).filter((name) => (status & STATUS[name]) !== 0),
    ...(timeout === undefined ? {} : { timeout }),
    ...(mark === undefined || mark === 0 ? {} : { mark }),
    ...(zone === undefined || zone === 0 ? {} : { zone }),
    ...(countersOriginal === undefined && countersReply === undefined
      ? {}
      : {
          packets: {
            original: Number(countersOriginal?.packets ?? 0n),
            reply: Number(countersReply?.packets ?? 0n),
          },
        }),
    ...(state === undefined ? {} : { tcp: TCP_STATES[state] ?? (`unknown ${state}` as const) }),
    ...(id === undefined ? {} : { id }),
  };
}

function tupleFrom(message: TupleMessage | undefined): Tuple | undefined {
  const { ip = {}, protocol = {} } = message ?? {};
  const source = ip.source4 ?? ip.source6;
  const destination = ip.destination4 ?? ip.destination6;
  const { number, sourcePort, destinationPort } = protocol;
  if (source === undefined || destination === undefined || number === undefined) return undefined;
  const id = protocol.icmpId ?? protocol.icmpv6Id;
  return {
    protocol: number,
    source,
    destination,
    ...(sourcePort === undefined ? {} : { sourcePort }),
    ...(destinationPort === undefined ? {} : { destinationPort }),
    ...(id === undefined
      ? {}
      : {
          icmp: {
            id,
            type: protocol.icmpType ?? protocol.icmpv6Type ?? 0,
            code: protocol.icmpCode ?? protocol.icmpv6Code ?? 0,
          },
        }),
  };
}

/** Returns the message that identifies a flow to the kernel: its original tuple, zone and id. */
export function flowIdentity({ family, original, zone, id }: Flow): FlowMessage {
  const { protocol, source, destination, sourcePort, destinationPort, icmp } = original;
  return {
    family: family === 4 ? AF_INET : AF_INET6,
    version: 0,
    resourceId: 0,
    original: {
      ip:
        family === 4 ? { source4: source, destination4: destination } : { source6: source, destination6: destination },
      protocol: {
        number: protocol,
        ...(sourcePort === undefined ? {} : { sourcePort }),
        ...(destinationPort === undefined ? {} : { destinationPort }),
        ...(icmp === undefined
          ? {}
          : family === 4
            ? { icmpId: icmp.id, icmpType: icmp.type, icmpCode: icmp.code }
            : { icmpv6Id: icmp.id, icmpv6Type: icmp.type, icmpv6Code: icmp.code }),
      },
    },
    ...(zone === undefined ? {} : { zone }),
    ...(id === undefined ? {} : { id }),
  };
}
