import { addressOf, familyOf, hasBroadcast } from '../../addr/index.ts';
import type { AddressState } from '../../state/index.ts';
import type { AddAddress, DeleteAddress } from '../operation.ts';
import type { RenderOptions } from './options.ts';
import { ip, type Words } from './shell.ts';

export function addAddress(
  { namespace, link, address }: AddAddress,
  { existing = false }: RenderOptions = {},
): string[] {
  // Detecting duplicates would delay each address by over a second; the plan gives none out twice.
  const nodad = familyOf(address.address) === 6 ? ['nodad'] : [];
  const verb = existing ? 'replace' : 'add';
  return [ip(namespace, 'addr', verb, local(address), broadcast(address), 'dev', link, scope(address), nodad)];
}

export const deleteAddress = ({ namespace, link, address }: DeleteAddress): string[] => [
  ip(namespace, 'addr', 'del', local(address), 'dev', link),
];

const local = ({ address, peer }: AddressState): Words =>
  peer === undefined || peer === addressOf(address)
    ? address
    : [addressOf(address), 'peer', `${peer}/${address.slice(address.indexOf('/') + 1)}`];

const broadcast = ({ address, peer }: AddressState): Words =>
  peer === undefined && hasBroadcast(address) ? ['brd', '+'] : [];

/** Said where it is not the one that ip(8) or the kernel takes by itself. IPv6's follows from the address. */
function scope({ address, scope: wanted = 'global' }: AddressState): Words {
  const usual = address.startsWith('127.') ? 'host' : 'global';
  return familyOf(address) === 6 || wanted === usual ? [] : ['scope', wanted];
}
