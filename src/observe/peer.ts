import { grouped } from '../base/index.ts';
import { libc } from '../ffi/index.ts';
import { NETLINK_ROUTE, NetlinkSocket } from '../netlink/index.ts';
import { findNamespace, openOwnNamespace, within } from '../netns/index.ts';
import { getNsid } from '../rtnetlink/index.ts';
import { HOST, type NamespaceName } from '../state/index.ts';

/** One end of a cable, with the data from its own namespace. */
export interface Endpoint {
  readonly namespace: NamespaceName;
  readonly name: string;
  readonly index: number;
  /** The index of the peer, in its namespace. */
  readonly peerIndex: number;
  /** The nsid of the peer's namespace, in this namespace; absent if the peer is in this namespace. */
  readonly peerNsid?: number;
}

/**
 * Finds the peer of each cable end. Two ends are peers if each has the index of the other. If there are several
 * candidates, the nsid of the peer's namespace decides.
 * @param pathOf returns the path of a namespace
 * @param all whether `endpoints` contains the peers of all ends: if not, the nsid of a single candidate is checked, too
 */
export function findPeers(
  endpoints: readonly Endpoint[],
  pathOf: (namespace: NamespaceName) => string,
  all: boolean,
): Map<Endpoint, Endpoint> {
  const byIndexes = grouped(endpoints, ({ index, peerIndex }) => `${index} ${peerIndex}`);
  const found = new Map<Endpoint, Endpoint>();
  for (const endpoint of endpoints) {
    const candidates = (byIndexes.get(`${endpoint.peerIndex} ${endpoint.index}`) ?? []).filter(
      (other) => other !== endpoint && (endpoint.peerNsid === undefined) === (other.namespace === endpoint.namespace),
    );
    const { peerNsid } = endpoint;
    const peer =
      candidates.length > 1 || !all
        ? candidates.find(
            (other) => peerNsid === undefined || hasPeerNsid(endpoint.namespace, peerNsid, other.namespace, pathOf),
          )
        : candidates[0];
    if (peer !== undefined) found.set(endpoint, peer);
  }
  return found;
}

/** Whether a namespace has a given nsid in another namespace. @param by the namespace where the nsid is valid */
export function hasPeerNsid(
  by: NamespaceName,
  nsid: number,
  namespace: NamespaceName,
  pathOf: (namespace: NamespaceName) => string,
): boolean {
  const from = open(by, pathOf);
  if (from === undefined) return false;
  try {
    const to = open(namespace, pathOf);
    if (to === undefined) return false;
    try {
      using socket = within(from, () => NetlinkSocket.open(NETLINK_ROUTE));
      return getNsid(socket, to) === nsid;
    } finally {
      libc.close(to);
    }
  } finally {
    libc.close(from);
  }
}

const open = (namespace: NamespaceName, pathOf: (namespace: NamespaceName) => string): number | undefined =>
  namespace === HOST ? openOwnNamespace() : findNamespace(pathOf(namespace));
