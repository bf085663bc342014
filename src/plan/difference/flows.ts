import { isIp, parseIp, type Ip } from '../../addr/index.ts';
import { readNat } from '../../nat/index.ts';
import type { NamespaceName, SetElement, SetState, TableState } from '../../state/index.ts';
import type { ChangeElements, NatAddresses, Operation, TranslatedPort } from '../operation/index.ts';
import { difference, same } from './compare.ts';

/** What tracked connections are forgotten when a table of a namespace that was there becomes another, comes, or goes. */
export function planFlows(
  ops: Operation[],
  namespace: NamespaceName,
  { before, after }: { readonly before: TableState | undefined; readonly after: TableState | undefined },
): void {
  const ports = (table: TableState | undefined): TranslatedPort[] =>
    table === undefined ? [] : translatedPorts(table);
  ops.push(...forgetPorts(namespace, ports(before), ports(after)));
  const [old, now] = [before, after].map((table) => table && addressesOf(table));
  if (same(old, now)) return;
  ops.push({
    op: 'forget-nat',
    namespace,
    ...(old !== undefined && { before: old }),
    ...(now !== undefined && { after: now }),
  });
}

/** A change of elements, and what tracked connections are forgotten after it. */
export function withForgottenFlows(change: ChangeElements): Operation[] {
  const { namespace, set, add, remove } = change;
  return [change, ...forgetPorts(namespace, portsOf(set, remove), portsOf(set, add))];
}

/** The UDP ports that the maps of a table lead elsewhere. */
export const translatedPorts = ({ sets }: TableState): TranslatedPort[] =>
  Object.values(sets).flatMap((set) => portsOf(set, set.elements));

function forgetPorts(
  namespace: NamespaceName,
  before: readonly TranslatedPort[],
  after: readonly TranslatedPort[],
): Operation[] {
  const { missing: added, extra: removed } = difference(after, before, (port) => JSON.stringify(port));
  return added.length + removed.length === 0 ? [] : [{ op: 'forget-ports', namespace, added, removed }];
}

/** Whether a map is from a protocol and a port, and maybe an address, to an address and a port. */
const translates = ({ key, value }: SetState): boolean =>
  key[0] === 'inet_proto' && key.at(-1) === 'inet_service' && value?.length === 2 && value[1] === 'inet_service';

function portsOf(set: SetState, elements: readonly SetElement[]): TranslatedPort[] {
  if (!translates(set)) return [];
  const family = set.value![0] === 'ipv6_addr' ? 6 : 4;
  return elements.flatMap(({ key, value }): TranslatedPort[] => {
    const [protocol, ...where] = key;
    const [port, address] = where.toReversed();
    const [to, toPort] = value ?? [];
    if (protocol !== 'udp' || typeof port === 'object' || typeof address === 'object' || !isAddress(to)) return [];
    const target = { family, port: Number(port), to: parseIp(to), toPort: Number(toPort) } as const;
    return [isAddress(address) ? { ...target, address: parseIp(address) } : target];
  });
}

const isAddress = (word: unknown): word is string => typeof word === 'string' && isIp(word);

/** What a table translates addresses to, if it is a NAT's. */
function addressesOf(table: TableState): NatAddresses | undefined {
  const nat = readNat(table);
  if (nat === undefined) return undefined;
  const { address, address6 } = nat;
  const oneToOne: [Ip, Ip][] = [...nat.oneToOne];
  return { address, ...(address6 !== undefined && { address6 }), oneToOne };
}
