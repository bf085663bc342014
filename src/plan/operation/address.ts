import { addressOf, familyOf, hasBroadcast } from '../../addr/index.ts';
import type { AddressState } from '../../state/index.ts';
import { at } from '../place.ts';
import { ip, type Words } from '../shell.ts';
import { linkKey, type Family, type In, type RenderOptions } from './family.ts';

export interface AddAddress extends In {
  readonly op: 'add-address';
  readonly link: string;
  readonly address: AddressState;
}

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
    describe: ({ namespace, link, address }) => `give ${link} ${at(namespace)} ${address.address}`,
    explain: ({ address }) =>
      familyOf(address.address) === 6
        ? 'IPv6 addresses, without the second that looking for another owner (duplicate address detection) takes.'
        : 'An address with its prefix length, which also says who is on the same link and reached directly.',
    render: addAddress,
  },
  'delete-address': {
    ...shared,
    change: 'remove',
    describe: ({ namespace, link, address }) => `take ${address.address} from ${link} ${at(namespace)}`,
    explain: () => 'The kernel drops the routes that rest on an address with it.',
    render: ({ namespace, link, address }) => [ip(namespace, 'addr', 'del', local(address), 'dev', link)],
    mayBeGone: true,
  },
};

function addAddress({ namespace, link, address }: AddAddress, { existing = false }: RenderOptions): string[] {
  // Detecting duplicates would delay each address by over a second; the plan gives none out twice.
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

/** Said where it is not the one that ip(8) or the kernel takes by itself. IPv6's follows from the address. */
function scope({ address, scope: wanted = 'global' }: AddressState): Words {
  const usual = address.startsWith('127.') ? 'host' : 'global';
  return familyOf(address) === 6 || wanted === usual ? [] : ['scope', wanted];
}
