import { NETLINK_ROUTE, NetlinkSocket } from '../netlink/index.ts';
import { findLink } from '../rtnetlink/index.ts';
import { HOST, type LinkReference, type NamespaceName } from '../state/index.ts';
import { hasPeerNsid } from './peer.ts';

/** A link whose lower link is in another namespace, with the data from its own namespace. */
export interface Upper {
  readonly namespace: NamespaceName;
  readonly name: string;
  /** The index of the lower link, in its namespace. */
  readonly lowerIndex: number;
  /** The nsid of the lower link's namespace, in this namespace. */
  readonly lowerNsid: number;
}

/** Look-up of link names in a namespace, by index. */
interface Named {
  readonly nameOf: (index: number | undefined) => string | undefined;
}

/**
 * Finds the lower links in the namespaces that were read, and on the host, which is read only partly. A lower link in
 * any other namespace is identified by its index and nsid.
 * @param pathOf returns the path of a namespace
 */
export function findLowers(
  uppers: readonly Upper[],
  read: ReadonlyMap<NamespaceName, Named>,
  pathOf: (namespace: NamespaceName) => string,
): Map<Upper, LinkReference> {
  /** Namespaces by nsid and the namespace where that is valid. */
  const byNsid = new Map<string, NamespaceName | undefined>();
  const namespaceOf = ({ namespace, lowerNsid }: Upper): NamespaceName | undefined => {
    const key = `${lowerNsid} ${namespace}`;
    if (!byNsid.has(key))
      byNsid.set(
        key,
        [...read.keys()].find((other) => other !== namespace && hasPeerNsid(namespace, lowerNsid, other, pathOf)),
      );
    return byNsid.get(key);
  };
  return new Map(
    uppers.map((upper): [Upper, LinkReference] => {
      const index = upper.lowerIndex;
      const namespace = namespaceOf(upper);
      if (namespace === undefined) return [upper, { name: `index ${index}`, namespace: `number ${upper.lowerNsid}` }];
      const name = read.get(namespace)?.nameOf(index) ?? (namespace === HOST ? nameOnHost(index) : undefined);
      return [upper, { name: name ?? `index ${index}`, namespace }];
    }),
  );
}

function nameOnHost(index: number): string | undefined {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  return findLink(socket, index)?.name;
}
