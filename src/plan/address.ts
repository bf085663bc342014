import { addressOf, familyOf } from '../addr/index.ts';
import { IPV6_MIN_MTU, type AddressState, type LinkState, type NamespaceName } from '../model/index.ts';
import { difference } from './compare.ts';
import type { Operation } from './operation.ts';

const isIpv6 = ({ address }: AddressState): boolean => familyOf(addressOf(address)) === 6;

const addressKey = (a: AddressState): string => `${a.address} ${a.peer ?? ''} ${a.scope ?? 'global'}`;

/**
 * Addresses that go, then those that come. An order in which the kernel cannot surprise: deleting the first address of a
 * subnet deletes the others of it too, unless promote_secondaries is set, so what stays of that link is added again.
 * @returns whether an address went, and routes may have gone with it
 */
export function planAddresses(
  ops: Operation[],
  namespace: NamespaceName,
  name: string,
  wanted: LinkState,
  actual: LinkState,
): boolean {
  const { missing, extra } = difference(wanted.addresses, actual.addresses, addressKey);
  for (const address of extra) {
    if (wanted.mtu < IPV6_MIN_MTU && isIpv6(address)) continue;
    ops.push({ op: 'delete-address', namespace, link: name, address });
  }
  const added = extra.length === 0 ? missing : wanted.addresses;
  for (const address of added) ops.push({ op: 'add-address', namespace, link: name, address });
  return extra.length > 0;
}
