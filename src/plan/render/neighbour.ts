import type { AddNeighbour, DeleteNeighbour } from '../operation.ts';
import { ip } from './shell.ts';

export const addNeighbour = ({ namespace, neighbour: { device, address, mac } }: AddNeighbour): string[] => [
  // The kernel may have learnt the address before.
  ip(namespace, 'neigh', 'replace', address, 'lladdr', mac, 'dev', device, 'nud', 'permanent'),
];

export const deleteNeighbour = ({ namespace, neighbour: { device, address } }: DeleteNeighbour): string[] => [
  ip(namespace, 'neigh', 'del', address, 'dev', device),
];
