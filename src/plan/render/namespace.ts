import { NETNS_ETC } from './files.ts';
import type { CreateNamespace, DeleteNamespace } from '../operation.ts';
import { command } from './shell.ts';
import { writeSettings } from './sysctl.ts';

export const createNamespace = ({ namespace, forwarding }: CreateNamespace): string[] => [
  command('ip', 'netns', 'add', namespace),
  ...writeSettings(namespace, [['net.ipv4.ip_forward', forwarding ? '1' : '0']]),
];

export const deleteNamespace = ({ namespace }: DeleteNamespace): string[] => [
  command('ip', 'netns', 'del', namespace),
  command('rm', '-rf', `${NETNS_ETC}/${namespace}`),
];
