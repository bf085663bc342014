import { naturalOrder } from '../base/index.ts';
import { listFlows, trackingLosses, type Flow, type Protocol, type TrackingLosses } from '../conntrack/index.ts';
import { NETLINK_NETFILTER } from '../netlink/index.ts';
import { listElements, listTables, normaliseTable, type LiveElement } from '../nftables/index.ts';
import { longForm, NAT_TABLE, readNat, type FoundNat, type NatLongForm } from '../nat/index.ts';
import { changedByHand } from '../store/index.ts';
import { requirePrivilege } from '../proc/index.ts';
import { withSocketIn } from '../netns/index.ts';

/** A NAT and what it translates at this moment, as the kernel has it. */
export interface NatView {
  /** Every word of it, as `nat` of a topology has it. */
  readonly policy: NatLongForm;
  /** Interfaces. */
  readonly inside: readonly string[];
  readonly outside: string;
  /** What inside endpoints share. */
  readonly address: string;
  /** The same for IPv6, where it is masqueraded and the topology says by which address. */
  readonly address6?: string;
  /** Inside addresses, and what each has for itself outside. */
  readonly oneToOne: Readonly<Record<string, string>>;
  /** Subnets inside that are rewritten, and what each is outside. */
  readonly prefixes: Readonly<Record<string, string>>;
  /** By protocol and outside endpoint. */
  readonly mappings: readonly NatMapping[];
  /**
   * Packets that connection tracking has lost in the node since it is there. One whose connection could not be told from
   * another's (`insertFailed`) is most often of a second inside host that speaks a protocol without ports, as GRE and ESP
   * are, to the same server: with the outside address alone, answers could be either's.
   */
  readonly losses: TrackingLosses;
}

/** An inside endpoint that has an outside one, and whom it talks to. */
export interface NatMapping {
  readonly protocol: Protocol;
  /** `ADDRESS:PORT`, or the address alone where the protocol has no ports. */
  readonly inside: string;
  readonly outside: string;
  /** Seconds until the mapping is forgotten, unless something is sent; absent where there is no more to it than connections. */
  readonly expires?: number;
  readonly connections: readonly NatConnection[];
}

/** A connection through a NAT. */
export interface NatConnection {
  /** The other end. */
  readonly remote: string;
  /** Which side began it. */
  readonly from: 'inside' | 'outside';
  /** `established` and so on of TCP; of others `assured`, `answered` or `unanswered`. */
  readonly state: string;
  /** Seconds until the kernel forgets it, unless a packet comes. */
  readonly expires: number;
}

/**
 * The NAT that the kernel holds in a node, and what it translates now; undefined where there is none.
 * @throws NotFoundError when it was changed by hand; SyscallError when the node is gone; NetlinkError, CapabilityError
 */
export function natOf(namespace: string): NatView | undefined {
  requirePrivilege(`reading the NAT of "${namespace}"`);
  return withSocketIn(namespace, NETLINK_NETFILTER, (socket) => {
    const [table] = listTables(socket, { only: [{ family: 'inet', name: NAT_TABLE }] });
    if (table === undefined) return undefined;
    const nat = readNat(normaliseTable(table));
    if (nat === undefined) throw changedByHand(NAT_TABLE, namespace);
    return viewOf(
      nat,
      trackingLosses(socket),
      listFlows(socket, { family: 4 }),
      (protocol) => listElements(socket, 'inet', NAT_TABLE, `${protocol}-in`) ?? [],
    );
  });
}

function viewOf(
  nat: FoundNat,
  losses: TrackingLosses,
  flows: readonly Flow[],
  mapped: (protocol: 'tcp' | 'udp') => readonly LiveElement[],
): NatView {
  const found = new Map<
    string,
    { -readonly [K in keyof NatMapping]: NatMapping[K] } & { connections: NatConnection[] }
  >();
  const mapping = (protocol: Protocol, inside: string, outside: string) => {
    const key = `${protocol} ${outside} ${inside}`;
    let one = found.get(key);
    if (one === undefined) found.set(key, (one = { protocol, inside, outside, connections: [] }));
    return one;
  };
  for (const protocol of ['tcp', 'udp'] as const) {
    for (const { key, value = [], expires } of mapped(protocol)) {
      const [port] = key;
      if (typeof port !== 'number') continue;
      const one = mapping(protocol, value.join(':'), `${nat.address}:${port}`);
      if (expires !== undefined) one.expires = Math.ceil(expires);
    }
  }
  const outsides = new Set<string>([nat.address, ...nat.oneToOne.values()]);
  for (const flow of flows) {
    const { original, reply } = flow;
    const { protocol } = original;
    const ports = original.sourcePort !== undefined;
    const endpoint = (address: string, port: number | undefined): string => (ports ? `${address}:${port}` : address);
    const source = endpoint(original.source, original.sourcePort);
    const destination = endpoint(original.destination, original.destinationPort);
    const about = { state: stateOf(flow), expires: flow.timeout ?? 0 };
    // A connection from inside to an outside address of inside is one of both.
    if (flow.status.includes('snat') && outsides.has(reply.destination))
      mapping(protocol, source, endpoint(reply.destination, reply.destinationPort)).connections.push({
        remote: destination,
        from: 'inside',
        ...about,
      });
    if (flow.status.includes('dnat') && outsides.has(original.destination))
      mapping(protocol, endpoint(reply.source, reply.sourcePort), destination).connections.push({
        remote: flow.status.includes('snat') ? endpoint(reply.destination, reply.destinationPort) : source,
        from: 'outside',
        ...about,
      });
  }
  return {
    policy: longForm(nat.policy),
    inside: nat.inside,
    outside: nat.outside,
    address: nat.address,
    ...(nat.address6 !== undefined && { address6: nat.address6 }),
    oneToOne: Object.fromEntries(nat.oneToOne),
    prefixes: Object.fromEntries(nat.prefixes),
    mappings: [...found.values()].toSorted((a, b) => naturalOrder(a.protocol + a.outside, b.protocol + b.outside)),
    losses,
  };
}

const stateOf = ({ tcp, status }: Flow): string =>
  tcp ?? (status.includes('assured') ? 'assured' : status.includes('seen-reply') ? 'answered' : 'unanswered');
