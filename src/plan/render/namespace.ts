import { NETNS_ETC } from './files.ts';
import type { CreateNamespace, DeleteNamespace } from '../operation.ts';
import { command } from './shell.ts';

export const createNamespace = ({ namespace }: CreateNamespace): string[] => [command('ip', 'netns', 'add', namespace)];

export const deleteNamespace = ({ namespace }: DeleteNamespace): string[] => [
  command('ip', 'netns', 'del', namespace),
  command('rm', '-rf', `${NETNS_ETC}/${namespace}`),
];
