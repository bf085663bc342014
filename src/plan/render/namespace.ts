import { NETNS_ETC } from './files.ts';
import type { CreateNamespace, DeleteNamespace } from '../operation.ts';
import { command } from './shell.ts';
import { writeSettings } from './sysctl.ts';

export const createNamespace = ({ namespace, owner, forwarding }: CreateNamespace): string[] => [
  command('ip', 'netns', 'add', namespace),
  ...writeSettings(namespace, [
    ['net.ipv4.ip_forward', forwarding ? '1' : '0'],
    // Without which root alone may ping.
    ...(owner.node === undefined ? [] : [['net.ipv4.ping_group_range', '0 2147483647'] as const]),
  ]),
];

export const deleteNamespace = ({ namespace }: DeleteNamespace): string[] => [
  command('ip', 'netns', 'del', namespace),
  command('rm', '-rf', `${NETNS_ETC}/${namespace}`),
];
