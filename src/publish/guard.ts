import { namespaceName, type SetElement } from '../state/index.ts';
import { NETLINK_NETFILTER, NetlinkSocket } from '../netlink/index.ts';
import { findElement, hasSet, listTables } from '../nftables/index.ts';
import type { ChangeElements } from '../plan/index.ts';
import {
  hostTableName,
  LAB_TABLE,
  noOpenPorts,
  OPEN_PORTS,
  publicationOf,
  type Publication,
} from '../topology/index.ts';
import { withSocketIn } from '../netns/index.ts';
import { keyOf } from './elements.ts';

/** What of `publications` no other publication of the node leads to, once the changes are made. */
export function withdrawnPublications(
  lab: string,
  node: string,
  changes: readonly ChangeElements[],
  publications: readonly Publication[],
): Publication[] {
  const gone = new Set(changes.flatMap(({ name, remove }) => remove.map((element) => `${name} ${keyOf(element)}`)));
  const kept = new Set<string>();
  using socket = NetlinkSocket.open(NETLINK_NETFILTER);
  const [table] = listTables(socket, { only: [{ family: 'inet', name: hostTableName(lab) }] });
  for (const [map, { elements }] of Object.entries(table?.sets ?? {})) {
    for (const element of elements) {
      const publication = publicationOf(map, element);
      if (publication?.node === node && !gone.has(`${map} ${keyOf(element)}`))
        kept.add(`${publication.protocol} ${publication.nodePort}`);
    }
  }
  return publications.flatMap((one) =>
    Array.from({ length: one.count }, (_, i) => ({ ...one, nodePort: one.nodePort + i, count: 1 })).filter(
      ({ protocol, nodePort }) => !kept.has(`${protocol} ${nodePort}`),
    ),
  );
}

/** What the guard of a node's uplink is to let in, or no longer; nothing where a firewall has its place. */
export function guardChange(
  lab: string,
  node: string,
  open: readonly SetElement[],
  close: readonly SetElement[],
): ChangeElements[] {
  const namespace = namespaceName({ lab, node });
  const table = { family: 'inet', name: LAB_TABLE } as const;
  return withSocketIn(namespace, NETLINK_NETFILTER, (socket) => {
    if (!hasSet(socket, table, OPEN_PORTS)) return [];
    // What is there already may be added again, but not what is not there be removed.
    const remove = close.filter(({ key }) => findElement(socket, table, OPEN_PORTS, noOpenPorts, key) !== undefined);
    if (open.length + remove.length === 0) return [];
    return [{ op: 'change-elements', namespace, table, name: OPEN_PORTS, set: noOpenPorts, add: open, remove }];
  });
}
