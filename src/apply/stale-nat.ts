import { familyOf, type Ip } from '../addr/index.ts';
import { deleteFlows, type Flow } from '../conntrack/index.ts';
import type { TableState } from '../state/index.ts';
import type { NetlinkSocket } from '../netlink/index.ts';
import { readSysctl } from '../proc/index.ts';
import { readNat } from '../nat/index.ts';
import { flowsOf, localAddresses } from './stale-flows.ts';

/**
 * Makes the kernel forget flows that are not translated as a node's NAT would translate them now: it translates a flow's
 * first packet, and keeps to that for as long as packets come, also to an address that is nobody's any more. Those of TCP
 * stay until they end.
 * @param socket of NETLINK_NETFILTER
 */
export function forgetOldNat(
  socket: NetlinkSocket,
  { before, after }: { readonly before: TableState | undefined; readonly after: TableState | undefined },
): void {
  const [old, now] = [before, after].map((table) => table && readNat(table));
  if (old === undefined && now === undefined) return;
  // Most often the node is new, and has no flows: nor need the kernel be able to list them.
  if ((readSysctl('net.netfilter.nf_conntrack_count') ?? '0') === '0') return;
  const former = new Set(old === undefined ? [] : [old.address, old.address6, ...old.oneToOne.values()]);
  const outside = (inside: Ip): Ip | undefined =>
    familyOf(inside) === 6 ? now?.address6 : (now?.oneToOne.get(inside) ?? now?.address);
  const isLocal = localAddresses();
  const stale = flowsOf(socket).filter((flow) => {
    const { original, reply } = flow;
    if (original.protocol === 'tcp') return false;
    const [begun, admitted] = [former.has(reply.destination), former.has(original.destination)];
    if (begun && reply.destination !== original.source) return outside(original.source) !== reply.destination;
    if (admitted && reply.source !== original.destination) return outside(reply.source) !== original.destination;
    return old === undefined && isForwardedAsItIs(flow, isLocal);
  });
  if (stale.length > 0) deleteFlows(socket, stale);
}

const isForwardedAsItIs = ({ original, reply }: Flow, isLocal: (ip: Ip) => boolean): boolean =>
  reply.destination === original.source &&
  reply.source === original.destination &&
  !isLocal(original.source) &&
  !isLocal(original.destination);
