import { NETLINK_ROUTE, NetlinkSocket } from '../netlink/index.ts';
import { findLink } from '../rtnetlink/index.ts';
import { HOST, type LinkReference, type NamespaceName } from '../state/index.ts';
import { hasPeerNsid } from './peer.ts';

/** A link that lies upon one in another namespace, as its own namespace describes it. */
export interface Upper {
  readonly namespace: NamespaceName;
  readonly name: string;
  /** The index of the link below, in the namespace it is in. */
  readonly lowerIndex: number;
  /** The number by which this namespace knows that of the link below. */
  readonly lowerNsid: number;
}

/** The names of a namespace's links, as far as they have been read. */
interface Named {
  readonly nameOf: (index: number | undefined) => string | undefined;
}

/**
 * Finds the links below, in the namespaces that were read, or on the host of which only a part is read. One that is
 * elsewhere is told by numbers alone.
 * @param pathOf the file of a namespace
 */
export function findLowers(
  uppers: readonly Upper[],
  read: ReadonlyMap<NamespaceName, Named>,
  pathOf: (namespace: NamespaceName) => string,
): Map<Upper, LinkReference> {
  /** By who numbered it, and the number. */
  const found = new Map<string, NamespaceName | undefined>();
  const namespaceOf = ({ namespace, lowerNsid }: Upper): NamespaceName | undefined => {
    const key = `${lowerNsid} ${namespace}`;
    if (!found.has(key))
      found.set(
        key,
        [...read.keys()].find((other) => other !== namespace && hasPeerNsid(namespace, lowerNsid, other, pathOf)),
      );
    return found.get(key);
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
