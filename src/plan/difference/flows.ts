import { isIp, parseIp, type Ip } from '../../addr/index.ts';
import { readNat } from '../../nat/index.ts';
import type { NamespaceName, SetElement, SetState, TableState } from '../../state/index.ts';
import type { ChangeElements, NatAddresses, Operation, TranslatedPort } from '../operation/index.ts';
import { difference, same } from './compare.ts';

/** Plans which conntrack entries to delete when a table of an existing namespace is changed, added or deleted. */
export function planFlows(
  ops: Operation[],
  namespace: NamespaceName,
  { before, after }: { readonly before: TableState | undefined; readonly after: TableState | undefined },
): void {
  ops.push(...forgetPorts(namespace, portsIn(before), portsIn(after)));
  const [old, current] = [before, after].map((table) => table && addressesOf(table));
  if (same(old, current)) return;
  ops.push({
    op: 'forget-nat',
    namespace,
    ...(old !== undefined && { before: old }),
    ...(current !== undefined && { after: current }),
  });
}

/** A change of elements, followed by the deletion of the conntrack entries that it makes stale. */
export function withFlowDeletion(change: ChangeElements): Operation[] {
  const { namespace, set, add, remove } = change;
  return [change, ...forgetPorts(namespace, portsOf(set, remove), portsOf(set, add))];
}

/** The UDP ports that the maps of a table translate (DNAT). */
export const translatedPorts = ({ sets }: TableState): TranslatedPort[] =>
  Object.values(sets).flatMap((set) => portsOf(set, set.elements));

const portsIn = (table: TableState | undefined): TranslatedPort[] =>
  table === undefined ? [] : translatedPorts(table);

function forgetPorts(
  namespace: NamespaceName,
  before: readonly TranslatedPort[],
  after: readonly TranslatedPort[],
): Operation[] {
  const { missing: added, extra: removed } = difference(after, before, (port) => JSON.stringify(port));
  return added.length + removed.length === 0 ? [] : [{ op: 'forget-ports', namespace, added, removed }];
}

/** Whether a map has the keys protocol, optional address and port, and the values address and port. */
const translates = ({ key, value }: SetState): boolean =>
  key[0] === 'inet_proto' && key.at(-1) === 'inet_service' && value?.length === 2 && value[1] === 'inet_service';

function portsOf(set: SetState, elements: readonly SetElement[]): TranslatedPort[] {
  if (!translates(set)) return [];
  const family = set.value![0] === 'ipv6_addr' ? 6 : 4;
  return elements.flatMap(({ key, value }): TranslatedPort[] => {
    const [protocol, ...destination] = key;
    const [port, address] = destination.toReversed();
    const [to, toPort] = value ?? [];
    if (protocol !== 'udp' || typeof port === 'object' || typeof address === 'object' || !isAddress(to)) return [];
    const target = { family, port: Number(port), to: parseIp(to), toPort: Number(toPort) } as const;
    return [isAddress(address) ? { ...target, address: parseIp(address) } : target];
  });
}

const isAddress = (word: unknown): word is string => typeof word === 'string' && isIp(word);

/** The addresses that a table translates to; undefined if it is not the table of a NAT. */
function addressesOf(table: TableState): NatAddresses | undefined {
  const nat = readNat(table);
  if (nat === undefined) return undefined;
  const { address, address6 } = nat;
  const oneToOne: [Ip, Ip][] = [...nat.oneToOne];
  return { address, ...(address6 !== undefined && { address6 }), oneToOne };
}
