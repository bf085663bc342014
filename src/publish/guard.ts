import { namespaceName, type SetElement } from '../state/index.ts';
import { NETLINK_NETFILTER, NetlinkSocket } from '../netlink/index.ts';
import { findElement, hasSet, listTables } from '../nftables/index.ts';
import type { ChangeElements } from '../plan/index.ts';
import {
  hostTableName,
  LAB_TABLE,
  emptyOpenPorts,
  OPEN_PORTS,
  publicationOf,
  type Publication,
} from '../topology/index.ts';
import { withSocketIn } from '../netns/index.ts';
import { keyOf } from './element-keys.ts';

/** Returns those of `publications` whose node port no other publication of the node uses after `changes`. */
export function withdrawnPublications(
  lab: string,
  node: string,
  changes: readonly ChangeElements[],
  publications: readonly Publication[],
): Publication[] {
  const removed = new Set(changes.flatMap(({ name, remove }) => remove.map((element) => `${name} ${keyOf(element)}`)));
  const kept = new Set<string>();
  using socket = NetlinkSocket.open(NETLINK_NETFILTER);
  const [table] = listTables(socket, { only: [{ family: 'inet', name: hostTableName(lab) }] });
  for (const [map, { elements }] of Object.entries(table?.sets ?? {})) {
    for (const element of elements) {
      const publication = publicationOf(map, element);
      if (publication?.node === node && !removed.has(`${map} ${keyOf(element)}`))
        kept.add(`${publication.protocol} ${publication.nodePort}`);
    }
  }
  return publications.flatMap((publication) =>
    Array.from({ length: publication.count }, (_, i) => ({
      ...publication,
      nodePort: publication.nodePort + i,
      count: 1,
    })).filter(({ protocol, nodePort }) => !kept.has(`${protocol} ${nodePort}`)),
  );
}

/** The change to the set of ports that the guard of a node's uplink accepts; none if a firewall replaces the guard. */
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
    // Adding an element that exists is no error (without NLM_F_EXCL), but deleting one that does not exist is (ENOENT).
    const remove = close.filter(({ key }) => findElement(socket, table, OPEN_PORTS, emptyOpenPorts, key) !== undefined);
    if (open.length + remove.length === 0) return [];
    return [{ op: 'change-elements', namespace, table, name: OPEN_PORTS, set: emptyOpenPorts, add: open, remove }];
  });
}
