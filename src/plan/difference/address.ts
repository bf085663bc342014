import { addressOf, cidr, familyOf, networkOf, prefixLength, type Cidr, type Ip } from '../../addr/index.ts';
import { grouped } from '../../base/index.ts';
import { IPV6_MIN_MTU, type AddressState, type LinkState, type NamespaceName } from '../../state/index.ts';
import type { Operation } from '../operation/index.ts';

/*
 * The order of addresses decides which of them packets come from: the kernel takes the first of its list that is as good as
 * any other. IPv4 puts a new address behind those there are, and the first of a subnet is its primary one, which its route
 * names; all others of the subnet are secondary, and stand last. IPv6 puts a new one before those of its scope. Here
 * addresses are wanted, and were found, with the one that is to be taken first.
 */

/** Addresses by family and scope: within each the kernel keeps an order, that in which they are added. */
const GROUPS = ['6 link', '4 host', '4 link', '4 site', '4 global', '6 host', '6 site', '6 global'] as const;
type Group = (typeof GROUPS)[number];

const groupOf = ({ address, scope = 'global' }: AddressState): Group => `${familyOf(address)} ${scope}`;

/** What is done to the addresses of a group, in the order in which to do it. */
interface Changes {
  readonly remove: readonly AddressState[];
  readonly add: readonly AddressState[];
}

const NONE: ReadonlySet<Ip> = new Set();

/**
 * Addresses that go, then those that come; those that stand in the wrong place go and come again.
 * @returns those that went, if only for a moment: routes may have gone with them
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
  const [to, from] = [grouped(wanted.addresses, groupOf), grouped(actual.addresses, groupOf)];
  const changes: Changes[] = [];
  for (const group of GROUPS) {
    const [then, now] = [to.get(group) ?? [], from.get(group) ?? []];
    if (then.length === now.length && then.every((address, i) => addressKey(address) === addressKey(now[i]!))) continue;
    const isIpv4 = group.startsWith('4');
    if (now.length === 0) changes.push({ remove: [], add: isIpv4 ? then : then.toReversed() });
    else changes.push(isIpv4 ? changesOf4(then, now) : changesOf6(then, now));
  }
  if (changes.length === 0) return NONE;
  const gone = new Set<Ip>();
  for (const address of changes.flatMap(({ remove }) => remove)) {
    // The kernel takes IPv6 off with the MTU.
    if (wanted.mtu < IPV6_MIN_MTU && familyOf(address.address) === 6) continue;
    ops.push({ op: 'delete-address', namespace, link: name, address });
    gone.add(addressOf(address.address));
  }
  for (const address of changes.flatMap(({ add }) => add))
    ops.push({ op: 'add-address', namespace, link: name, address });
  return gone;
}

const addressKey = ({ address, peer, scope = 'global' }: AddressState): string => `${address} ${peer ?? ''} ${scope}`;

/** New ones come first: those stay that are the last ones wanted, in this order. */
function changesOf6(wanted: readonly AddressState[], actual: readonly AddressState[]): Changes {
  const last = wanted.toReversed();
  const count = leadingIn(last, actual.toReversed());
  const kept = new Set(last.slice(0, count).map(addressKey));
  return { remove: actual.filter((address) => !kept.has(addressKey(address))), add: last.slice(count) };
}

/** New ones come last: those primary ones stay that are the first wanted, in this order, each with its secondary ones. */
function changesOf4(wanted: readonly AddressState[], actual: readonly AddressState[]): Changes {
  const [to, from] = [primaryOf(wanted), primaryOf(actual)];
  const primary = [...new Set(to.values())];
  const kept = new Set(primary.slice(0, leadingIn(primary, [...new Set(from.values())])).map(addressKey));
  const keys = new Set(wanted.map(addressKey));
  const stays = new Set<string>();
  for (const [address, itsPrimary] of from) {
    const key = addressKey(address);
    if (keys.has(key) && kept.has(addressKey(itsPrimary))) stays.add(key);
  }
  return {
    // From the last: with a primary one its secondary ones would go, or one of them would take its place
    // (net.ipv4.conf.IF.promote_secondaries).
    remove: actual.filter((address) => !stays.has(addressKey(address))).toReversed(),
    add: wanted.filter((address) => !stays.has(addressKey(address))),
  };
}

/** Each address with the primary one of its subnet, the first, which may be itself. */
function primaryOf(addresses: readonly AddressState[]): Map<AddressState, AddressState> {
  const first = new Map<Cidr, AddressState>();
  return new Map(
    addresses.map((of) => {
      const subnet = networkOf(of.peer === undefined ? of.address : cidr(of.peer, prefixLength(of.address)));
      const primary = first.get(subnet) ?? of;
      first.set(subnet, primary);
      return [of, primary];
    }),
  );
}

/** How many of the first `wanted` are among `actual` in the same order, whatever stands between them. */
function leadingIn(wanted: readonly AddressState[], actual: readonly AddressState[]): number {
  let count = 0;
  for (const address of actual) {
    if (count < wanted.length && addressKey(address) === addressKey(wanted[count]!)) count++;
  }
  return count;
}
