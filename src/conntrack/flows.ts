import { AF_INET, AF_INET6, AF_UNSPEC } from '../ffi/index.ts';
import type { NetlinkSocket } from '../netlink/index.ts';
import { flowFrom, flowIdentity, type Flow } from './flow.ts';
import { flowMessage, IPCTNL_MSG_CT_DELETE, IPCTNL_MSG_CT_GET } from './schema.ts';

/** Which flows to list. */
export interface FlowQuery {
  /** 4 for IPv4, 6 for IPv6; both when absent. */
  readonly family?: 4 | 6;
}

/**
 * Lists the tracked connections of the socket's namespace (conntrack -L). A flow that ends during the dump can be in
 * the list or not.
 * @param socket a socket of NETLINK_NETFILTER
 * @throws NetlinkError EOPNOTSUPP or EINVAL when the kernel has no ctnetlink
 */
export function listFlows(socket: NetlinkSocket, { family }: FlowQuery = {}): Flow[] {
  const value = {
    family: family === undefined ? AF_UNSPEC : family === 4 ? AF_INET : AF_INET6,
    version: 0,
    resourceId: 0,
  };
  // The kernel sends a flow twice when its hash table grows during the dump.
  const flows = new Map<string, Flow>();
  for (const message of socket.dump(
    { type: IPCTNL_MSG_CT_GET, codec: flowMessage, value, operation: 'list the tracked connections' },
    flowMessage,
  )) {
    const flow = flowFrom(message);
    if (flow !== undefined) flows.set(JSON.stringify([flow.family, flow.original, flow.zone]), flow);
  }
  return [...flows.values()];
}

/**
 * Deletes conntrack entries (conntrack -D), so that the next packet of each flow has the state `new`. Ignores flows
 * that have ended or that another flow with the same tuple has replaced.
 * @param socket a socket of NETLINK_NETFILTER
 * @throws NetlinkError
 */
export function deleteFlows(socket: NetlinkSocket, flows: readonly Flow[]): void {
  const batch = socket.batch();
  for (const flow of flows) {
    const { protocol, source, destination } = flow.original;
    const operation = () => `delete the conntrack entry of the ${protocol} connection from ${source} to ${destination}`;
    batch.add(IPCTNL_MSG_CT_DELETE, 0, flowMessage, flowIdentity(flow), operation, { codes: ['ENOENT'] });
  }
  batch.send();
}
