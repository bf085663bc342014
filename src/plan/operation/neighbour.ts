import type { NeighbourState } from '../../state/index.ts';
import { place } from '../place.ts';
import { ip } from '../shell.ts';
import type { Family, In } from './family.ts';

export interface AddNeighbour extends In {
  readonly op: 'add-neighbour';
  readonly neighbour: NeighbourState;
}

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
      `tell ${place(namespace)} that ${address} is ${mac} on ${device}`,
    explain: () => 'A permanent neighbour entry: the MAC address of an IP address, without asking for it.',
    // The kernel may have learnt the address before.
    render: ({ namespace, neighbour: { device, address, mac } }) => [
      ip(namespace, 'neigh', 'replace', address, 'lladdr', mac, 'dev', device, 'nud', 'permanent'),
    ],
    subject,
  },
  'delete-neighbour': {
    change: 'remove',
    describe: ({ namespace, neighbour: { address, device } }) =>
      `make ${place(namespace)} forget neighbour ${address} on ${device}`,
    explain: () => 'From now on the MAC address is asked for.',
    render: ({ namespace, neighbour: { device, address } }) => [ip(namespace, 'neigh', 'del', address, 'dev', device)],
    subject,
    mayBeGone: true,
  },
};
