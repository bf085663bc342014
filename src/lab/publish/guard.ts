import type { SetElement } from '../../model/index.ts';
import { NETLINK_NETFILTER, NetlinkSocket } from '../../netlink/index.ts';
import { listTables } from '../../nftables/index.ts';
import type { ChangeElements } from '../../plan/index.ts';
import {
  hostTableName,
  LAB_TABLE,
  noOpenPorts,
  OPEN_PORTS,
  publicationOf,
  type Publication,
} from '../../topology/index.ts';
import { withSocketIn } from '../socket-in.ts';

/** What of `publications` no other publication of the node leads to, once the changes are made. */
export function withdrawn(
  lab: string,
  node: string,
  changes: readonly ChangeElements[],
  publications: readonly Publication[],
): Publication[] {
  const gone = new Set(changes.flatMap(({ name, remove }) => remove.map((element) => `${name} ${keyOf(element)}`)));
  const kept = new Set<string>();
  using socket = NetlinkSocket.open(NETLINK_NETFILTER);
  const [table] = listTables(socket, { where: ({ family, name }) => family === 'inet' && name === hostTableName(lab) });
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
  const namespace = `${lab}.${node}`;
  const present = openNow(namespace);
  if (present === undefined) return [];
  const has = new Set(present.map(keyOf));
  const add = open.filter((element) => !has.has(keyOf(element)));
  const remove = close.filter((element) => has.has(keyOf(element)));
  if (add.length + remove.length === 0) return [];
  const table = { family: 'inet', name: LAB_TABLE } as const;
  return [{ op: 'change-elements', namespace, table, name: OPEN_PORTS, set: noOpenPorts, add, remove }];
}

/** Undefined where there is no guard. */
function openNow(namespace: string): readonly SetElement[] | undefined {
  return withSocketIn(namespace, NETLINK_NETFILTER, (socket) => {
    const [table] = listTables(socket, { where: ({ family, name }) => family === 'inet' && name === LAB_TABLE });
    return table?.sets[OPEN_PORTS]?.elements;
  });
}

const keyOf = ({ key }: SetElement): string => JSON.stringify(key);
