import { familyOf } from '../../addr/index.ts';
import { HOST, type NamespaceName, nodeOf } from '../../state/index.ts';
import type { ChangeLink, CreateLink, Operation, SetSysctl } from '../operation.ts';
import { at } from './place.ts';

/** The namespace that an operation is about, for people: a cable to a switch is its node's. Several: undefined. */
export function subjectOf(operation: Operation): NamespaceName | undefined {
  if (operation.op === 'set-files') return operation.namespaces.length === 1 ? operation.namespaces[0] : undefined;
  if (operation.op !== 'create-link' || operation.peer === undefined) return operation.namespace;
  return nodeOf(operation.namespace) === undefined && nodeOf(operation.peer.namespace) !== undefined
    ? operation.peer.namespace
    : operation.namespace;
}

type Explainer<K extends Operation['op']> = (op: Extract<Operation, { op: K }>) => string;

const explainers: { readonly [K in Operation['op']]: Explainer<K> } = {
  'create-namespace': ({ owner, forwarding }) =>
    `${
      owner.node === undefined
        ? "A namespace for the lab's switches, so that the host's firewall and bridge settings do not reach them."
        : 'A network namespace: interfaces, routes, firewall and ports of its own, and at first only a loopback that is down.'
    } ${
      forwarding
        ? 'Packets that are for someone else are passed on: this is what makes a router.'
        : 'It begins with the forwarding of the host, which is switched off here.'
    }`,
  'delete-namespace': () => 'The kernel removes all that is in a namespace once nothing runs in it.',
  'create-link': explainLink,
  'change-link': explainChange,
  'delete-link': () => 'Both ends of a cable go together.',
  'add-address': ({ address }) =>
    familyOf(address.address) === 6
      ? 'IPv6 addresses, without the second that looking for another owner (duplicate address detection) takes.'
      : 'An address with its prefix length, which also says who is on the same link and reached directly.',
  'delete-address': () => 'The kernel drops the routes that rest on an address with it.',
  'add-route': () => 'Where packets go whose destination is not on a link of its own.',
  'delete-route': () => 'Ways that are no longer taken.',
  'add-rule': () => 'Rules choose the routing table by more than the destination; the lowest number comes first.',
  'delete-rule': () => 'Rules that no longer choose a routing table.',
  'add-neighbour': () => 'A permanent neighbour entry: the MAC address of an IP address, without asking for it.',
  'delete-neighbour': () => 'From now on the MAC address is asked for.',
  'set-sysctl': explainSetting,
  'add-table': ({ table }) => {
    if (table.family === 'bridge') return "Nobody reaches the host's loopback from here, whatever rules the host has.";
    if (table.flowtables !== undefined)
      return 'Packets of connections that the rules have let through go from interface to interface at once, past all rules.';
    return Object.values(table.chains).some(({ base }) => base?.type === 'nat')
      ? 'Packets that leave get the address of the interface they leave by (masquerading), since nobody outside knows the way back to theirs.'
      : 'Firewall rules: what may pass.';
  },
  'change-elements': () => 'What rules look up: the rules stay as they are, and so does what else is in it.',
  'delete-table': () => 'A table goes with all of its chains and rules.',
  'set-files': () => 'ip netns exec puts these files over those of /etc: programs in a node know the others by name.',
  'start-service': () =>
    'A program of the node, in a session of its own, so that it stays; what it prints goes to a file.',
  'await-service': () => 'Those that need it start when it can be used.',
  'stop-service': () => 'Every process of the service, told by a variable that they pass on.',
};

/** What an operation is for, in a sentence for who reads the script. Operations of one group have the same. */
export const explain = (operation: Operation): string =>
  (explainers[operation.op] as (op: Operation) => string)(operation);

function explainLink({ namespace, link, peer }: CreateLink): string {
  if (peer === undefined) {
    return link.kind === 'bridge'
      ? 'A bridge is a switch: it forwards frames between its ports.'
      : `An interface of kind ${link.kind}.`;
  }
  if (peer.namespace === HOST || namespace === HOST)
    return 'A veth pair is a cable: this one leads out of the lab, to the host.';
  return link.master === undefined
    ? 'A veth pair is a cable: what goes in at one end comes out at the other.'
    : 'A veth pair is a cable: one end in the node, the other a port of the switch.';
}

function explainChange({ namespace, name, change }: ChangeLink): string {
  if (name === 'lo') return 'The loopback is down at first; 127.0.0.1 answers only when it is up.';
  if (change.port !== undefined)
    return 'Isolated ports reach only those that are not: nodes share the way out, not a network.';
  return change.up === false
    ? `Interfaces ${at(namespace)} that are switched off.`
    : 'Interfaces are down at first; what they inherit from the host, forwarding and address checks, is set explicitly.';
}

/** Whether a namespace is a lab's own. */
const isSwitches = (namespace: NamespaceName): boolean => namespace !== HOST && nodeOf(namespace) === undefined;

function explainSetting({ namespace, key }: SetSysctl): string {
  if (key.endsWith('.addr_gen_mode'))
    return 'New interfaces make no IPv6 address by themselves: those that are wanted are given below.';
  if (isSwitches(namespace) && /\.(disable_ipv6|accept_ra|autoconf|accept_redirects)$/.test(key))
    return 'A switch is no host: what others advertise on its networks does not give it addresses or routes.';
  if (key.endsWith('forward') || key.endsWith('.forwarding'))
    return 'Packets that are for someone else are passed on: this is what makes a router.';
  if (key.endsWith('.rp_filter'))
    return 'Packets may arrive by another interface than the answer would leave by, as they do at routers.';
  if (/\.(accept_\w+|autoconf)$/.test(key))
    return 'What others on the link may tell it: where routers are, which addresses to take, how packets are to go.';
  return 'Settings of the network stack.';
}
