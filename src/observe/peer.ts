import { grouped } from '../base/index.ts';
import { libc } from '../ffi/index.ts';
import { NETLINK_ROUTE, NetlinkSocket } from '../netlink/index.ts';
import { findNamespace, openOwnNamespace, within } from '../netns/index.ts';
import { getNsid } from '../rtnetlink/index.ts';
import { HOST, type NamespaceName } from '../state/index.ts';

/** One end of a cable as its own namespace describes it. */
export interface Endpoint {
  readonly namespace: NamespaceName;
  readonly name: string;
  readonly index: number;
  /** The other end's index, in the namespace it is in. */
  readonly peerIndex: number;
  /** The number by which this namespace knows that of the other end; absent when it is the same. */
  readonly peerNsid?: number;
}

/**
 * Finds the other end of each cable among the others. Two ends belong together when each has the other's index; where
 * several could, the kernel is asked which namespace the end's number stands for.
 * @param pathOf the file of a namespace
 * @param all whether every other end is among them: if not, one that seems to fit may be another's
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

/** Whether one namespace knows another by a number. */
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
