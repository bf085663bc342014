import { nodeOf, type NamespaceIdentity } from '../../state/index.ts';
import { place } from '../place.ts';
import { command } from '../shell.ts';
import type { Family, In } from './family.ts';
import { NETNS_ETC } from './files.ts';
import { writeSettings } from './sysctl.ts';

/** Creates a network namespace and pins it (bind-mounts it to a file). */
export interface CreateNamespace extends In {
  readonly op: 'create-namespace';
  readonly owner: NamespaceIdentity;
  /** Whether it forwards IPv4 (net.ipv4.ip_forward). A new namespace inherits the setting from the host. */
  readonly forwarding: boolean;
}

/** Unpins a namespace; the kernel destroys it with everything in it. */
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
          ? "A namespace for the lab's switches, so that the host's firewall and bridge settings do not affect them."
          : 'A network namespace has its own interfaces, routes, firewall and ports. A new one has only lo, down.'
      } ${
        forwarding
          ? 'It is a router: it forwards packets that are addressed to others.'
          : 'It inherits IPv4 forwarding from the host, so that is turned off here.'
      }`,
    render: createNamespace,
    subject,
    covers: 'namespace',
  },
  'delete-namespace': {
    change: 'remove',
    describe: ({ namespace }) => `delete ${nodeOf(namespace) === undefined ? '' : 'node '}${place(namespace)}`,
    explain: () => 'The kernel removes everything in a namespace when no process is left in it.',
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
      // Otherwise only root can use ping sockets: icmp(7).
      ...(owner.node === undefined ? [] : [['net.ipv4.ping_group_range', '0 2147483647'] as const]),
    ]),
  ];
}
