import { nodeOf, type NamespaceIdentity } from '../../state/index.ts';
import { place } from '../place.ts';
import { command } from '../shell.ts';
import type { Family, In } from './family.ts';
import { NETNS_ETC } from './files.ts';
import { writeSettings } from './sysctl.ts';

/** Makes and pins a namespace. */
export interface CreateNamespace extends In {
  readonly op: 'create-namespace';
  readonly owner: NamespaceIdentity;
  /** Whether it forwards IPv4 (net.ipv4.ip_forward): a new one begins with what the host has. */
  readonly forwarding: boolean;
}

/** Takes a namespace's name away; the kernel removes what is in it. */
export interface DeleteNamespace extends In {
  readonly op: 'delete-namespace';
}

export type NamespaceOperation = CreateNamespace | DeleteNamespace;

const subject = (): string => 'namespace';

export const namespaceOperations: Family<NamespaceOperation> = {
  'create-namespace': {
    change: 'add',
    describe: ({ namespace, owner, forwarding }) =>
      `${
        owner.node === undefined
          ? `create the namespace of lab ${owner.lab}, for its switches`
          : `create node ${owner.node} (namespace ${namespace})`
      }${forwarding ? ', with IPv4 forwarding on' : ''}`,
    explain: ({ owner, forwarding }) =>
      `${
        owner.node === undefined
          ? "A namespace for the lab's switches, so that the host's firewall and bridge settings do not reach them."
          : 'A network namespace: interfaces, routes, firewall and ports of its own, and at first only a loopback that is down.'
      } ${
        forwarding
          ? 'Packets that are for someone else are passed on: this is what makes a router.'
          : 'It begins with the forwarding of the host, which is switched off here.'
      }`,
    render: createNamespace,
    subject,
    covers: 'namespace',
  },
  'delete-namespace': {
    change: 'remove',
    describe: ({ namespace }) => `delete ${nodeOf(namespace) === undefined ? '' : 'node '}${place(namespace)}`,
    explain: () => 'The kernel removes all that is in a namespace once nothing runs in it.',
    render: ({ namespace }) => [
      command('ip', 'netns', 'del', namespace),
      command('rm', '-rf', `${NETNS_ETC}/${namespace}`),
    ],
    subject,
    covers: 'namespace',
  },
};

function createNamespace({ namespace, owner, forwarding }: CreateNamespace): string[] {
  return [
    command('ip', 'netns', 'add', namespace),
    ...writeSettings(namespace, [
      ['net.ipv4.ip_forward', forwarding ? '1' : '0'],
      // Without which root alone may ping.
      ...(owner.node === undefined ? [] : [['net.ipv4.ping_group_range', '0 2147483647'] as const]),
    ]),
  ];
}
