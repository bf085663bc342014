import { cidr, contains, familyOf, type Ip } from '../../addr/index.ts';
import { CapabilityError } from '../../base/index.ts';
import { deleteFlows, listFlows, type Flow } from '../../conntrack/index.ts';
import { NETLINK_ROUTE, NetlinkError, NetlinkSocket } from '../../netlink/index.ts';
import type { FlowOperation, ForgetNat, ForgetPorts, NatAddresses, TranslatedPort } from '../../plan/index.ts';
import { readSysctl } from '../../proc/index.ts';
import { getRoutes, RT_TABLE_LOCAL, RTN_LOCAL } from '../../rtnetlink/index.ts';
import type { Executors } from './executor.ts';

export const flowExecutors: Executors<FlowOperation> = {
  'forget-ports': (kernel, op) => kernel.withNetfilter(op.namespace, (socket) => forgetPorts(socket, op)),
  'forget-nat': (kernel, op) => kernel.withNetfilter(op.namespace, (socket) => forgetNat(socket, op)),
};

/** Deletes stale UDP flows. @param socket NETLINK_NETFILTER, in the present namespace of this thread */
export function forgetPorts(socket: NetlinkSocket, { added, removed }: Pick<ForgetPorts, 'added' | 'removed'>): void {
  const [addedTargets, removedTargets] = [targets(added), targets(removed)];
  if (addedTargets.size === 0 && removedTargets.size === 0) return;
  let local: ReturnType<typeof localAddresses> | undefined;
  const isLocal = (ip: Ip): boolean => (local ??= localAddresses())(ip);
  const stale = flowsOf(socket).filter(
    (flow) => flow.original.protocol === 'udp' && isStale(flow, addedTargets, removedTargets, isLocal),
  );
  if (stale.length > 0) deleteFlows(socket, stale);
}

/** The target of each translated port: `family port address` → `address port`. */
type Targets = ReadonlyMap<string, string>;

const targets = (ports: readonly TranslatedPort[]): Targets =>
  new Map(
    ports.map(({ family, port, address = '', to, toPort }) => [`${family} ${port} ${address}`, `${to} ${toPort}`]),
  );

function isStale(flow: Flow, added: Targets, removed: Targets, isLocal: (ip: Ip) => boolean): boolean {
  const { original, reply } = flow;
  const target = `${reply.source} ${reply.sourcePort}`;
  const untranslated =
    reply.source === original.destination &&
    reply.destination === original.source &&
    reply.sourcePort === original.destinationPort;
  return [original.destination, ''].some((address) => {
    const key = `${flow.family} ${original.destinationPort} ${address}`;
    return removed.get(key) === target || (untranslated && added.has(key) && isLocal(original.destination));
  });
}

function forgetNat(socket: NetlinkSocket, { before, after }: Pick<ForgetNat, 'before' | 'after'>): void {
  // If there are no flows, it does not matter that the kernel cannot list them.
  if ((readSysctl('net.netfilter.nf_conntrack_count') ?? '0') === '0') return;
  const oldAddresses = new Set(
    before === undefined ? [] : [before.address, before.address6, ...before.oneToOne.map(([, outside]) => outside)],
  );
  const outside = outsideOf(after);
  const isLocal = localAddresses();
  const stale = flowsOf(socket).filter((flow) => {
    const { original, reply } = flow;
    if (original.protocol === 'tcp') return false;
    const [fromInside, fromOutside] = [oldAddresses.has(reply.destination), oldAddresses.has(original.destination)];
    if (fromInside && reply.destination !== original.source) return outside(original.source) !== reply.destination;
    if (fromOutside && reply.source !== original.destination) return outside(reply.source) !== original.destination;
    return before === undefined && isForwardedUntranslated(flow, isLocal);
  });
  if (stale.length > 0) deleteFlows(socket, stale);
}

/** Returns the outside address for an inside address; undefined if there is none, or it is unknown. */
function outsideOf(nat: NatAddresses | undefined): (inside: Ip) => Ip | undefined {
  const oneToOne = new Map(nat?.oneToOne);
  return (inside) => (familyOf(inside) === 6 ? nat?.address6 : (oneToOne.get(inside) ?? nat?.address));
}

const isForwardedUntranslated = ({ original, reply }: Flow, isLocal: (ip: Ip) => boolean): boolean =>
  reply.destination === original.source &&
  reply.source === original.destination &&
  !isLocal(original.source) &&
  !isLocal(original.destination);

/** Tests for local addresses of this namespace, from its local routing table: only these are translated. */
function localAddresses(): (ip: Ip) => boolean {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  const local = getRoutes(socket, { table: RT_TABLE_LOCAL, type: RTN_LOCAL }).flatMap(({ dst, dstLength }) =>
    dst === undefined ? [] : [cidr(dst, dstLength)],
  );
  return (ip) => local.some((prefix) => contains(prefix, ip));
}

/** All conntrack entries. @throws CapabilityError if the kernel cannot list them; NetlinkError */
function flowsOf(socket: NetlinkSocket): Flow[] {
  try {
    return listFlows(socket);
  } catch (error) {
    // nfnetlink's error if no module has registered for the subsystem.
    if (!(error instanceof NetlinkError && error.code === 'EINVAL')) throw error;
    throw new CapabilityError(
      'this kernel cannot list conntrack entries, so that stale translations cannot be deleted',
      'load the module nf_conntrack_netlink',
      { cause: error },
    );
  }
}
