import { naturalOrder } from '../base/index.ts';
import { listFlows, trackingLosses, type Flow, type Protocol, type TrackingLosses } from '../conntrack/index.ts';
import { NETLINK_NETFILTER } from '../netlink/index.ts';
import { listElements, listTables, normaliseTable, type LiveElement } from '../nftables/index.ts';
import { longForm, NAT_TABLE, readNat, type FoundNat, type NatLongForm } from '../nat/index.ts';
import { changedByHandError } from '../store/index.ts';
import { requirePrivilege } from '../proc/index.ts';
import { withSocketIn } from '../netns/index.ts';

/** The NAT of a node and its current translations, from the kernel. */
export interface NatView {
  /** The policy in its long form: every key of `nat` in a topology, with its value. */
  readonly policy: NatLongForm;
  /** The inside interfaces. */
  readonly inside: readonly string[];
  /** The outside interface. */
  readonly outside: string;
  /** The outside IPv4 address that inside endpoints share. */
  readonly address: string;
  /** The outside IPv6 address that inside endpoints share, if IPv6 is masqueraded and the topology sets the address. */
  readonly address6?: string;
  /** 1:1 NAT: outside addresses, by inside address. */
  readonly oneToOne: Readonly<Record<string, string>>;
  /** Prefix translation: outside prefixes, by inside prefix. */
  readonly prefixes: Readonly<Record<string, string>>;
  /** In the natural order of protocol and outside endpoint. */
  readonly mappings: readonly NatMapping[];
  /**
   * Packets that connection tracking has lost in the node since the node was created. `insertFailed`: two
   * connections would have had the same tuple. The usual cause is a second inside host that uses a protocol without
   * ports (GRE, ESP) with the same server: the replies to the shared address could not be assigned to one of the two.
   */
  readonly losses: TrackingLosses;
}

/** A mapping of an inside endpoint to an outside endpoint, and the connections that use it. */
export interface NatMapping {
  readonly protocol: Protocol;
  /** `ADDRESS:PORT`, or the address alone if the protocol has no ports. */
  readonly inside: string;
  /** As `inside`. */
  readonly outside: string;
  /** Seconds until the mapping expires unless a packet uses it; absent if it lives only as long as its connections. */
  readonly expires?: number;
  readonly connections: readonly NatConnection[];
}

/** A connection through a NAT: an entry of connection tracking. */
export interface NatConnection {
  /** The outside end of the connection: `ADDRESS:PORT`, or the address alone if the protocol has no ports. */
  readonly remote: string;
  /** The side that opened it. */
  readonly from: 'inside' | 'outside';
  /** For TCP, its state (`established` …); for other protocols, `assured`, `answered` or `unanswered`. */
  readonly state: string;
  /** Seconds until the kernel removes the entry unless a packet arrives. */
  readonly expires: number;
}

/**
 * Reads the NAT of a node and its current translations from the kernel; undefined if the node has no NAT.
 * @throws NotFoundError if the table was changed by hand; SyscallError if the node no longer exists; NetlinkError,
 *   CapabilityError
 */
export function natOf(namespace: string): NatView | undefined {
  requirePrivilege(`reading the NAT of "${namespace}"`);
  return withSocketIn(namespace, NETLINK_NETFILTER, (socket) => {
    const [table] = listTables(socket, { only: [{ family: 'inet', name: NAT_TABLE }] });
    if (table === undefined) return undefined;
    const nat = readNat(normaliseTable(table));
    if (nat === undefined) throw changedByHandError(NAT_TABLE, namespace);
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
  elementsOf: (protocol: 'tcp' | 'udp') => readonly LiveElement[],
): NatView {
  const mappings = new Map<
    string,
    { -readonly [K in keyof NatMapping]: NatMapping[K] } & { connections: NatConnection[] }
  >();
  const mappingOf = (protocol: Protocol, inside: string, outside: string) => {
    const key = `${protocol} ${outside} ${inside}`;
    let mapping = mappings.get(key);
    if (mapping === undefined) mappings.set(key, (mapping = { protocol, inside, outside, connections: [] }));
    return mapping;
  };
  for (const protocol of ['tcp', 'udp'] as const) {
    for (const { key, value = [], expires } of elementsOf(protocol)) {
      const [port] = key;
      if (typeof port !== 'number') continue;
      const mapping = mappingOf(protocol, value.join(':'), `${nat.address}:${port}`);
      if (expires !== undefined) mapping.expires = Math.ceil(expires);
    }
  }
  const outsideAddresses = new Set<string>([nat.address, ...nat.oneToOne.values()]);
  for (const flow of flows) {
    const { original, reply } = flow;
    const { protocol } = original;
    const hasPorts = original.sourcePort !== undefined;
    const endpoint = (address: string, port: number | undefined): string => (hasPorts ? `${address}:${port}` : address);
    const source = endpoint(original.source, original.sourcePort);
    const destination = endpoint(original.destination, original.destinationPort);
    const details = { state: stateOf(flow), expires: flow.timeout ?? 0 };
    // Both are true for a connection from inside to the outside address of an inside host (hairpinning).
    if (flow.status.includes('snat') && outsideAddresses.has(reply.destination))
      mappingOf(protocol, source, endpoint(reply.destination, reply.destinationPort)).connections.push({
        remote: destination,
        from: 'inside',
        ...details,
      });
    if (flow.status.includes('dnat') && outsideAddresses.has(original.destination))
      mappingOf(protocol, endpoint(reply.source, reply.sourcePort), destination).connections.push({
        remote: flow.status.includes('snat') ? endpoint(reply.destination, reply.destinationPort) : source,
        from: 'outside',
        ...details,
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
    mappings: [...mappings.values()].toSorted((a, b) => naturalOrder(a.protocol + a.outside, b.protocol + b.outside)),
    losses,
  };
}

const stateOf = ({ tcp, status }: Flow): string =>
  tcp ?? (status.includes('assured') ? 'assured' : status.includes('seen-reply') ? 'answered' : 'unanswered');
