import type { Ip } from '../addr/index.ts';
import { AF_INET, AF_INET6 } from '../ffi/index.ts';
import type { FlowMessage, PROTOCOLS, TupleMessage } from './schema.ts';

/** A name, or `unknown N` by its number, as /etc/protocols has it. */
export type Protocol = keyof typeof PROTOCOLS | `unknown ${number}`;

/** How the packets of one direction are addressed. */
export interface Tuple {
  readonly protocol: Protocol;
  readonly source: Ip;
  readonly destination: Ip;
  /** Of protocols with ports. */
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** Of ICMP and ICMPv6. */
  readonly icmp?: { readonly id: number; readonly type: number; readonly code: number };
}

/** A connection, or what passes for one, as the kernel keeps track of it. */
export interface Flow {
  readonly family: 4 | 6;
  /** As the first packet was addressed, before any translation. */
  readonly original: Tuple;
  /** As answers are addressed: where it is not the reverse of `original`, addresses are translated. */
  readonly reply: Tuple;
  readonly status: readonly FlowStatus[];
  /** Seconds until it is forgotten, unless a packet comes. */
  readonly timeout?: number;
  readonly mark?: number;
  /** Conntrack zone; absent is 0. */
  readonly zone?: number;
  /** Where net.netfilter.nf_conntrack_acct is on. */
  readonly packets?: { readonly original: number; readonly reply: number };
  /** Of TCP. */
  readonly tcp?: TcpState | `unknown ${number}`;
  /** Tells a flow from a later one of the same tuple. */
  readonly id?: number;
}

/** IPS_* of linux/netfilter/nf_conntrack_common.h, in the words of conntrack(8) and nft(8). */
const STATUS = {
  expected: 1 << 0,
  'seen-reply': 1 << 1,
  assured: 1 << 2,
  confirmed: 1 << 3,
  snat: 1 << 4,
  dnat: 1 << 5,
  dying: 1 << 9,
} as const;
/** What has become of a flow: a bit of IPS_*. */
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
/** The state of a TCP connection, as connection tracking has seen it. */
export type TcpState = (typeof TCP_STATES)[number];

/** A flow from the kernel's message, or undefined when it is of neither IPv4 nor IPv6. */
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
    status: (Object.keys(STATUS) as FlowStatus[]).filter((word) => (status & STATUS[word]) !== 0),
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

/** What names a flow to the kernel: its original tuple, its zone and its number. */
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
