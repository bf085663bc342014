import { addressOf, familyOf, hasBroadcast } from '../../addr/index.ts';
import type { AddressState } from '../../state/index.ts';
import { at } from '../place.ts';
import { ip, type Words } from '../shell.ts';
import { linkKey, type Family, type In, type RenderOptions } from './family.ts';

/** Adds an address to a link. */
export interface AddAddress extends In {
  readonly op: 'add-address';
  readonly link: string;
  readonly address: AddressState;
}

/** Deletes an address from a link. */
export interface DeleteAddress extends In {
  readonly op: 'delete-address';
  readonly link: string;
  readonly address: AddressState;
}

export type AddressOperation = AddAddress | DeleteAddress;

const shared = {
  subject: ({ link, address }: AddressOperation): string => `address ${link} ${address.address}`,
  links: ({ namespace, link }: AddressOperation): string[] => [linkKey(namespace, link)],
};

export const addressOperations: Family<AddressOperation> = {
  'add-address': {
    ...shared,
    change: 'add',
    describe: ({ namespace, link, address }) => `add address ${address.address} to ${link} ${at(namespace)}`,
    explain: ({ address }) =>
      familyOf(address.address) === 6
        ? 'IPv6 addresses, without duplicate address detection (nodad), which takes over a second.'
        : 'An address with its prefix length: the kernel also adds the connected route to that subnet.',
    render: addAddress,
  },
  'delete-address': {
    ...shared,
    change: 'remove',
    describe: ({ namespace, link, address }) => `delete address ${address.address} from ${link} ${at(namespace)}`,
    explain: () => 'With an address, the kernel also deletes the routes that use it.',
    render: ({ namespace, link, address }) => [ip(namespace, 'addr', 'del', local(address), 'dev', link)],
    mayBeGone: true,
  },
};

function addAddress({ namespace, link, address }: AddAddress, { existing = false }: RenderOptions): string[] {
  // Duplicate address detection would delay each address by over a second; a plan assigns no address twice.
  const nodad = familyOf(address.address) === 6 ? ['nodad'] : [];
  const verb = existing ? 'replace' : 'add';
  return [ip(namespace, 'addr', verb, local(address), broadcast(address), 'dev', link, scope(address), nodad)];
}

const local = ({ address, peer }: AddressState): Words =>
  peer === undefined || peer === addressOf(address)
    ? address
    : [addressOf(address), 'peer', `${peer}/${address.slice(address.indexOf('/') + 1)}`];

const broadcast = ({ address, peer }: AddressState): Words =>
  peer === undefined && hasBroadcast(address) ? ['brd', '+'] : [];

/** The scope of an IPv4 address, unless it is the default of ip-address(8). For IPv6 it follows from the address. */
function scope({ address, scope: wanted = 'global' }: AddressState): Words {
  const initial = address.startsWith('127.') ? 'host' : 'global';
  return familyOf(address) === 6 || wanted === initial ? [] : ['scope', wanted];
}
