import { cidr, contains, type Ip } from '../addr/index.ts';
import { CapabilityError } from '../base/error.ts';
import { deleteFlows, listFlows, type Flow } from '../conntrack/index.ts';
import type { SetElement, SetState, TableState } from '../state/index.ts';
import { NETLINK_ROUTE, NetlinkError, NetlinkSocket } from '../netlink/index.ts';
import { getRoutes, RT_TABLE_LOCAL, RTN_LOCAL } from '../rtnetlink/index.ts';

/** Elements of a map that destinations are translated by. */
export interface Translations {
  readonly set: SetState;
  readonly elements: readonly SetElement[];
}

/** Whether a map is from a protocol and a port, and maybe an address, to an address and a port. */
const translates = ({ key, value }: SetState): boolean =>
  key[0] === 'inet_proto' && key.at(-1) === 'inet_service' && value?.length === 2 && value[1] === 'inet_service';

export const translationsOf = ({ sets }: TableState): Translations[] =>
  Object.values(sets)
    .filter((set) => translates(set) && set.elements.length > 0)
    .map((set) => ({ set, elements: set.elements }));

/** Where a port leads: by family, port and address, `address port`. */
type Targets = ReadonlyMap<string, string>;

/**
 * Makes the kernel forget UDP flows that go another way than their next packet would as the first of a flow: it finds the
 * translation once, and keeps to it for as long as packets come. Flows that something else translated stay.
 * @param socket of NETLINK_NETFILTER
 */
export function forgetStale(
  socket: NetlinkSocket,
  { added, removed }: { readonly added: readonly Translations[]; readonly removed: readonly Translations[] },
): void {
  const [to, from] = [targets(added), targets(removed)];
  if (to.size === 0 && from.size === 0) return;
  let local: ReturnType<typeof localAddresses> | undefined;
  const isLocal = (ip: Ip): boolean => (local ??= localAddresses())(ip);
  const stale = flowsOf(socket).filter((flow) => flow.original.protocol === 'udp' && isStale(flow, to, from, isLocal));
  if (stale.length > 0) deleteFlows(socket, stale);
}

/** Which addresses are this namespace's own, as its routes say: others' are not translated. */
export function localAddresses(): (ip: Ip) => boolean {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  const own = getRoutes(socket, { table: RT_TABLE_LOCAL, type: RTN_LOCAL }).flatMap(({ dst, dstLength }) =>
    dst === undefined ? [] : [cidr(dst, dstLength)],
  );
  return (ip) => own.some((prefix) => contains(prefix, ip));
}

/** @throws CapabilityError where the kernel cannot list them; NetlinkError */
export function flowsOf(socket: NetlinkSocket): Flow[] {
  try {
    return listFlows(socket);
  } catch (error) {
    // What nfnetlink says where nobody has registered for the subsystem.
    if (!(error instanceof NetlinkError && error.code === 'EINVAL')) throw error;
    throw new CapabilityError(
      'this kernel cannot list tracked connections, which is needed to delete those with an outdated translation',
      'load the module nf_conntrack_netlink',
      { cause: error },
    );
  }
}

function isStale(flow: Flow, added: Targets, removed: Targets, isLocal: (ip: Ip) => boolean): boolean {
  const { original, reply } = flow;
  const leads = `${reply.source} ${reply.sourcePort}`;
  const untranslated =
    reply.source === original.destination &&
    reply.destination === original.source &&
    reply.sourcePort === original.destinationPort;
  return [original.destination, ''].some((address) => {
    const key = `${flow.family} ${original.destinationPort} ${address}`;
    return removed.get(key) === leads || (untranslated && added.has(key) && isLocal(original.destination));
  });
}

function targets(translations: readonly Translations[]): Targets {
  const found = new Map<string, string>();
  for (const { set, elements } of translations) {
    if (!translates(set)) continue;
    const family = set.value![0] === 'ipv6_addr' ? 6 : 4;
    for (const { key, value } of elements) {
      const [protocol, ...place] = key;
      const [port, address = ''] = place.toReversed();
      if (protocol !== 'udp' || value === undefined || typeof port === 'object' || typeof address === 'object')
        continue;
      found.set(`${family} ${port} ${address}`, value.join(' '));
    }
  }
  return found;
}
