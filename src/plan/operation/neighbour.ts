import type { NeighbourState } from '../../state/index.ts';
import { at } from '../place.ts';
import { ip } from '../shell.ts';
import type { Family, In } from './family.ts';

/** Adds a permanent neighbour entry, or replaces the entry of the address. */
export interface AddNeighbour extends In {
  readonly op: 'add-neighbour';
  readonly neighbour: NeighbourState;
}

/** Deletes a permanent neighbour entry. */
export interface DeleteNeighbour extends In {
  readonly op: 'delete-neighbour';
  readonly neighbour: NeighbourState;
}

export type NeighbourOperation = AddNeighbour | DeleteNeighbour;

const subject = ({ neighbour }: NeighbourOperation): string => `neighbour ${neighbour.address}`;

export const neighbourOperations: Family<NeighbourOperation> = {
  'add-neighbour': {
    change: 'add',
    describe: ({ namespace, neighbour: { address, mac, device } }) =>
      `add neighbour ${address} with MAC address ${mac} to ${device} ${at(namespace)}`,
    explain: () => 'A permanent neighbour entry: the MAC address is known without ARP or neighbour discovery.',
    // `replace`, since the kernel can have learnt the address before.
    render: ({ namespace, neighbour: { device, address, mac } }) => [
      ip(namespace, 'neigh', 'replace', address, 'lladdr', mac, 'dev', device, 'nud', 'permanent'),
    ],
    subject,
  },
  'delete-neighbour': {
    change: 'remove',
    describe: ({ namespace, neighbour: { address, device } }) =>
      `delete neighbour ${address} from ${device} ${at(namespace)}`,
    explain: () => 'From now on, ARP or neighbour discovery resolves the address.',
    render: ({ namespace, neighbour: { device, address } }) => [ip(namespace, 'neigh', 'del', address, 'dev', device)],
    subject,
    mayBeGone: true,
  },
};
