import { AF_INET, AF_INET6, AF_UNSPEC } from '../ffi/index.ts';
import type { NetlinkSocket } from '../netlink/index.ts';
import { flowFrom, flowIdentity, type Flow } from './flow.ts';
import { flowMessage, IPCTNL_MSG_CT_DELETE, IPCTNL_MSG_CT_GET } from './schema.ts';

/** Which flows are listed. */
export interface FlowQuery {
  /** Both when absent. */
  readonly family?: 4 | 6;
}

/**
 * The flows that the kernel keeps track of in the socket's namespace. One that ends meanwhile may be in or not.
 * @param socket of NETLINK_NETFILTER
 * @throws NetlinkError EOPNOTSUPP or EINVAL where the kernel has no ctnetlink
 */
export function listFlows(socket: NetlinkSocket, { family }: FlowQuery = {}): Flow[] {
  const value = {
    family: family === undefined ? AF_UNSPEC : family === 4 ? AF_INET : AF_INET6,
    version: 0,
    resourceId: 0,
  };
  // The kernel hands a flow out twice when its table grows under the dump.
  const found = new Map<string, Flow>();
  for (const message of socket.dump(
    { type: IPCTNL_MSG_CT_GET, codec: flowMessage, value, operation: 'list the tracked connections' },
    flowMessage,
  )) {
    const flow = flowFrom(message);
    if (flow !== undefined) found.set(JSON.stringify([flow.family, flow.original, flow.zone]), flow);
  }
  return [...found.values()];
}

/**
 * Makes the kernel forget flows, so that the next packet of each meets the rules as a new one. Those that have ended
 * meanwhile, or have been followed by others of the same addresses, are passed over.
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
