import { addressOf, cidr, familyOf, networkOf, prefixLength, type Cidr, type Ip } from '../../addr/index.ts';
import { grouped } from '../../base/index.ts';
import { IPV6_MIN_MTU, type AddressState, type LinkState, type NamespaceName } from '../../state/index.ts';
import type { Operation } from '../operation/index.ts';

/*
 * The order of addresses decides source address selection: of equally good addresses, the kernel takes the first in its
 * list. IPv4 appends a new address. The first address of a subnet is its primary one, which the connected route has as
 * source; all others of the subnet are secondary, and come last in the list. IPv6 inserts a new address before the
 * others of its scope. In both states here, the preferred address comes first.
 */

/** Addresses are grouped by family and scope: within each group, the order depends on the order of creation. */
const GROUPS = ['6 link', '4 host', '4 link', '4 site', '4 global', '6 host', '6 site', '6 global'] as const;
type Group = (typeof GROUPS)[number];

const groupOf = ({ address, scope = 'global' }: AddressState): Group => `${familyOf(address)} ${scope}`;

/** The changes to the addresses of a group, in the order of execution. */
interface Changes {
  readonly remove: readonly AddressState[];
  readonly add: readonly AddressState[];
}

const NONE: ReadonlySet<Ip> = new Set();

/**
 * Plans the deletion of addresses, then the addition. Addresses in the wrong position are deleted and added again.
 * @returns all deleted addresses, also those added again: the kernel can have deleted routes with them
 */
export function planAddresses(
  ops: Operation[],
  namespace: NamespaceName,
  name: string,
  wanted: LinkState,
  actual: LinkState,
): ReadonlySet<Ip> {
  if (actual.addresses.length === 0 && wanted.addresses.length < 2) {
    for (const address of wanted.addresses) ops.push({ op: 'add-address', namespace, link: name, address });
    return NONE;
  }
  const [wantedGroups, actualGroups] = [grouped(wanted.addresses, groupOf), grouped(actual.addresses, groupOf)];
  const changes: Changes[] = [];
  for (const group of GROUPS) {
    const [then, now] = [wantedGroups.get(group) ?? [], actualGroups.get(group) ?? []];
    if (then.length === now.length && then.every((address, i) => addressKey(address) === addressKey(now[i]!))) continue;
    const isIpv4 = group.startsWith('4');
    if (now.length === 0) changes.push({ remove: [], add: isIpv4 ? then : then.toReversed() });
    else changes.push(isIpv4 ? changesOf4(then, now) : changesOf6(then, now));
  }
  if (changes.length === 0) return NONE;
  const gone = new Set<Ip>();
  for (const address of changes.flatMap(({ remove }) => remove)) {
    // The kernel removes IPv6 from the link when its MTU falls below 1280.
    if (wanted.mtu < IPV6_MIN_MTU && familyOf(address.address) === 6) continue;
    ops.push({ op: 'delete-address', namespace, link: name, address });
    gone.add(addressOf(address.address));
  }
  for (const address of changes.flatMap(({ add }) => add))
    ops.push({ op: 'add-address', namespace, link: name, address });
  return gone;
}

const addressKey = ({ address, peer, scope = 'global' }: AddressState): string => `${address} ${peer ?? ''} ${scope}`;

/** The kernel inserts a new address first, so the longest tail of the wanted list that exists in this order stays. */
function changesOf6(wanted: readonly AddressState[], actual: readonly AddressState[]): Changes {
  const last = wanted.toReversed();
  const count = leadingIn(last, actual.toReversed());
  const kept = new Set(last.slice(0, count).map(addressKey));
  return { remove: actual.filter((address) => !kept.has(addressKey(address))), add: last.slice(count) };
}

/**
 * The kernel appends a new address, so the longest head of the wanted primary addresses that exists in this order
 * stays, each with its secondary addresses.
 */
function changesOf4(wanted: readonly AddressState[], actual: readonly AddressState[]): Changes {
  const [wantedPrimary, actualPrimary] = [primaryOf(wanted), primaryOf(actual)];
  const primary = [...new Set(wantedPrimary.values())];
  const kept = new Set(primary.slice(0, leadingIn(primary, [...new Set(actualPrimary.values())])).map(addressKey));
  const keys = new Set(wanted.map(addressKey));
  const stays = new Set<string>();
  for (const [address, itsPrimary] of actualPrimary) {
    const key = addressKey(address);
    if (keys.has(key) && kept.has(addressKey(itsPrimary))) stays.add(key);
  }
  return {
    // In reverse order: with a primary address, the kernel deletes its secondary ones, or promotes one of them
    // (net.ipv4.conf.IF.promote_secondaries).
    remove: actual.filter((address) => !stays.has(addressKey(address))).toReversed(),
    add: wanted.filter((address) => !stays.has(addressKey(address))),
  };
}

/** Maps each address to the primary address of its subnet: the first, possibly itself. */
function primaryOf(addresses: readonly AddressState[]): Map<AddressState, AddressState> {
  const first = new Map<Cidr, AddressState>();
  return new Map(
    addresses.map((state) => {
      const { address, peer } = state;
      const subnet = networkOf(peer === undefined ? address : cidr(peer, prefixLength(address)));
      const primary = first.get(subnet) ?? state;
      first.set(subnet, primary);
      return [state, primary];
    }),
  );
}

/** The number of leading items of `wanted` that are in `actual` in the same order, possibly with others in between. */
function leadingIn(wanted: readonly AddressState[], actual: readonly AddressState[]): number {
  let count = 0;
  for (const address of actual) {
    if (count < wanted.length && addressKey(address) === addressKey(wanted[count]!)) count++;
  }
  return count;
}
