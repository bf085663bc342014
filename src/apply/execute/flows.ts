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

/** @param socket of NETLINK_NETFILTER, in the namespace that this thread is in */
export function forgetPorts(socket: NetlinkSocket, { added, removed }: Pick<ForgetPorts, 'added' | 'removed'>): void {
  const [to, from] = [targets(added), targets(removed)];
  if (to.size === 0 && from.size === 0) return;
  let local: ReturnType<typeof localAddresses> | undefined;
  const isLocal = (ip: Ip): boolean => (local ??= localAddresses())(ip);
  const stale = flowsOf(socket).filter((flow) => flow.original.protocol === 'udp' && isStale(flow, to, from, isLocal));
  if (stale.length > 0) deleteFlows(socket, stale);
}

/** Where a port leads: by family, port and address, `address port`. */
type Targets = ReadonlyMap<string, string>;

const targets = (ports: readonly TranslatedPort[]): Targets =>
  new Map(
    ports.map(({ family, port, address = '', to, toPort }) => [`${family} ${port} ${address}`, `${to} ${toPort}`]),
  );

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

function forgetNat(socket: NetlinkSocket, { before, after }: Pick<ForgetNat, 'before' | 'after'>): void {
  // Without flows, the kernel need not be able to list them.
  if ((readSysctl('net.netfilter.nf_conntrack_count') ?? '0') === '0') return;
  const former = new Set(
    before === undefined ? [] : [before.address, before.address6, ...before.oneToOne.map(([, outside]) => outside)],
  );
  const outside = outsideOf(after);
  const isLocal = localAddresses();
  const stale = flowsOf(socket).filter((flow) => {
    const { original, reply } = flow;
    if (original.protocol === 'tcp') return false;
    const [begun, admitted] = [former.has(reply.destination), former.has(original.destination)];
    if (begun && reply.destination !== original.source) return outside(original.source) !== reply.destination;
    if (admitted && reply.source !== original.destination) return outside(reply.source) !== original.destination;
    return before === undefined && isForwardedAsItIs(flow, isLocal);
  });
  if (stale.length > 0) deleteFlows(socket, stale);
}

/** What an inside address becomes; undefined where that is not known, or nothing. */
function outsideOf(nat: NatAddresses | undefined): (inside: Ip) => Ip | undefined {
  const own = new Map(nat?.oneToOne);
  return (inside) => (familyOf(inside) === 6 ? nat?.address6 : (own.get(inside) ?? nat?.address));
}

const isForwardedAsItIs = ({ original, reply }: Flow, isLocal: (ip: Ip) => boolean): boolean =>
  reply.destination === original.source &&
  reply.source === original.destination &&
  !isLocal(original.source) &&
  !isLocal(original.destination);

/** Which addresses are this namespace's own, as its routes say: others' are not translated. */
function localAddresses(): (ip: Ip) => boolean {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  const own = getRoutes(socket, { table: RT_TABLE_LOCAL, type: RTN_LOCAL }).flatMap(({ dst, dstLength }) =>
    dst === undefined ? [] : [cidr(dst, dstLength)],
  );
  return (ip) => own.some((prefix) => contains(prefix, ip));
}

/** @throws CapabilityError where the kernel cannot list them; NetlinkError */
function flowsOf(socket: NetlinkSocket): Flow[] {
  try {
    return listFlows(socket);
  } catch (error) {
    // What nfnetlink says where nobody has registered for the subsystem.
    if (!(error instanceof NetlinkError && error.code === 'EINVAL')) throw error;
    throw new CapabilityError(
      'this kernel cannot list tracked connections, to forget those that would be translated otherwise by now',
      'load the module nf_conntrack_netlink',
      { cause: error },
    );
  }
}
