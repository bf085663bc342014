import { oneLine, printable } from '../../base/printable.ts';
import { prefixLength } from '../../addr/index.ts';
import { listed } from '../../base/text.ts';
import { HOST, nodeOf, type Readiness, type RouteState, type RuleState } from '../../state/index.ts';
import type { ChangeElements, ChangeLink, CreateLink, LinkChange, Operation } from '../operation.ts';
import { renderElements } from './nft/set.ts';
import { at, place, serviceName } from './place.ts';
import { command } from './shell.ts';

/** How many nodes are named at most. */
const MANY = 4;

type Describer<K extends Operation['op']> = (op: Extract<Operation, { op: K }>) => string;

const describers: { readonly [K in Operation['op']]: Describer<K> } = {
  'create-namespace': ({ namespace, owner, forwarding }) =>
    `${
      owner.node === undefined
        ? `create the namespace of lab ${owner.lab}, for its switches`
        : `create node ${owner.node} (namespace ${namespace})`
    }${forwarding ? ', with IPv4 forwarding on' : ''}`,
  'delete-namespace': ({ namespace }) => `delete ${nodeOf(namespace) === undefined ? '' : 'node '}${place(namespace)}`,
  'create-link': createLink,
  'change-link': changeLink,
  'delete-link': ({ namespace, name }) => `delete link ${name} ${at(namespace)}`,
  'add-address': ({ namespace, link, address }) => `give ${link} ${at(namespace)} ${address.address}`,
  'delete-address': ({ namespace, link, address }) => `take ${address.address} from ${link} ${at(namespace)}`,
  'add-route': ({ namespace, route, replace }) =>
    replace
      ? `replace ${routeName(route)} ${at(namespace)}, ${way(route)}`
      : `add ${routeName(route, true)} to ${place(namespace)}, ${way(route)}`,
  'delete-route': ({ namespace, route }) => `delete ${routeName(route)} ${at(namespace)}, ${way(route)}`,
  'add-rule': ({ namespace, rule }) => `add rule ${rule.priority} to ${place(namespace)}: ${ruleText(rule)}`,
  'delete-rule': ({ namespace, rule }) => `delete rule ${rule.priority} ${at(namespace)}: ${ruleText(rule)}`,
  'add-neighbour': ({ namespace, neighbour }) =>
    `tell ${place(namespace)} that ${neighbour.address} is ${neighbour.mac} on ${neighbour.device}`,
  'delete-neighbour': ({ namespace, neighbour }) =>
    `make ${place(namespace)} forget neighbour ${neighbour.address} on ${neighbour.device}`,
  'set-sysctl': ({ namespace, key, value }) => `set ${key} ${at(namespace)} to ${value}`,
  'add-table': ({ namespace, table, replace }) =>
    `${replace ? 'replace' : 'add'} table ${table.family} ${table.name} ${at(namespace)}`,
  'change-elements': changeElements,
  'delete-table': ({ namespace, table }) => `delete table ${table.family} ${table.name} ${at(namespace)}`,
  'set-files': ({ namespaces, files }) => {
    const names = Object.keys(files).map((name) => `/etc/${name}`);
    const where =
      namespaces.length > MANY
        ? `of ${namespaces.filter((name) => nodeOf(name) !== undefined).length} nodes`
        : `of ${listed(namespaces.map((name) => place(name)))}`;
    return names.length === 0 ? `remove the files ${where}` : `write ${listed(names)} ${where}`;
  },
  'start-service': ({ namespace, name, service }) =>
    `start service ${serviceName(namespace, name)}: ${command(service.command)}`,
  'await-service': ({ namespace, name, service }) =>
    `wait until service ${serviceName(namespace, name)} ${service.ready === undefined ? 'runs' : readyWords(service.ready)}`,
  'stop-service': ({ namespace, name, service }) =>
    `stop service ${serviceName(namespace, name)}: ${command(service.command)}`,
};

/** An operation in words, on one line: `give eth0 of web 10.20.0.2/24`. */
export const describe = (operation: Operation): string =>
  printable(oneLine((describers[operation.op] as (op: Operation) => string)(operation)));

/** Whether an operation brings something, takes something away, or makes something different. */
export function changeOf(operation: Operation): 'add' | 'remove' | 'change' {
  switch (operation.op) {
    case 'create-namespace':
    case 'create-link':
    case 'add-address':
    case 'add-rule':
    case 'add-neighbour':
    case 'start-service':
      return 'add';
    case 'add-route':
    case 'add-table':
      return operation.replace ? 'change' : 'add';
    case 'delete-namespace':
    case 'delete-link':
    case 'delete-address':
    case 'delete-route':
    case 'delete-rule':
    case 'delete-neighbour':
    case 'delete-table':
    case 'stop-service':
      return 'remove';
    case 'change-link':
    case 'set-sysctl':
    case 'await-service':
      return 'change';
    case 'change-elements':
      return operation.remove.length === 0 ? 'add' : operation.add.length === 0 ? 'remove' : 'change';
    case 'set-files':
      return Object.keys(operation.files).length === 0 ? 'remove' : 'change';
  }
}

function readyWords(ready: Readiness): string {
  switch (ready.kind) {
    case 'tcp':
      return `listens on port ${ready.port}`;
    case 'http':
      return `answers to http://localhost:${ready.port}${ready.path}`;
    case 'log':
      return `has printed ${JSON.stringify(ready.pattern)}`;
    case 'command':
      return `is ready by ${command(ready.command)}`;
    case 'exit':
      return 'has ended well';
  }
}

function createLink({ namespace, name, link, peer, replaces }: CreateLink): string {
  const again = replaces === undefined ? '' : `, anew: ${replaces}`;
  if (peer === undefined) return `${newLink(link.kind, name, namespace)}${again}`;
  // Whoever the cable is for comes first, what it is plugged into last.
  const near = cableEnd(namespace, name, link.master);
  const far = cableEnd(peer.namespace, peer.name, peer.link.master);
  return `cable ${link.master === undefined ? `${near} ↔ ${far}` : `${far} ↔ ${near}`}${again}`;
}

const newLink = (kind: string, name: string, namespace: string): string =>
  kind === 'bridge' && nodeOf(namespace) === undefined && namespace !== HOST
    ? `create switch ${name}`
    : `create ${kind} ${name} ${at(namespace)}`;

const cableEnd = (namespace: string, name: string, master: string | undefined): string =>
  master === undefined || nodeOf(namespace) !== undefined ? `${place(namespace)} ${name}` : `switch ${master}`;

function changeLink({ namespace, name, change }: ChangeLink): string {
  const { up, ...rest } = change;
  const other = changes(rest);
  const where = `${name} ${at(namespace)}`;
  if (other.length === 0) return `bring ${where} ${up === false ? 'down' : 'up'}`;
  return `set ${listed([...other, ...(up === undefined ? [] : [up ? 'up' : 'down'])])} for ${where}`;
}

function changes({
  mtu,
  mac,
  master,
  addAltNames,
  deleteAltNames,
  inet,
  addrGenMode,
  options,
  port,
}: LinkChange): string[] {
  return [
    ...(mtu === undefined ? [] : [`MTU ${mtu}`]),
    ...(mac === undefined ? [] : [`MAC address ${mac}`]),
    ...(master === undefined ? [] : [master === '' ? 'no master' : `master ${master}`]),
    ...(inet === undefined ? [] : [`IPv4 forwarding ${inet.forwarding ? 'on' : 'off'}`, `rp_filter ${inet.rpFilter}`]),
    ...(inet?.acceptRedirects === undefined ? [] : [`accept_redirects ${inet.acceptRedirects ? 1 : 0}`]),
    ...(addrGenMode === undefined ? [] : [`IPv6 address generation ${addrGenMode}`]),
    ...Object.entries({ ...options, ...port }).map(([key, value]) => `${key} ${value}`),
    ...(deleteAltNames === undefined ? [] : [`no longer the name ${listed(deleteAltNames)}`]),
    ...(addAltNames === undefined ? [] : [`the name ${listed(addAltNames)}`]),
  ];
}

function changeElements({ namespace, table, name, set, remove, add }: ChangeElements): string {
  const told = (verb: string, elements: ChangeElements['add']): string[] => {
    if (elements.length === 0) return [];
    return [
      elements.length > MANY ? `${verb} ${elements.length} elements` : `${verb} ${renderElements(set, elements)}`,
    ];
  };
  const kind = set.value === undefined ? 'set' : 'map';
  return `${[...told('take out', remove), ...told('put in', add)].join(' and ')}: ${kind} ${name} of table ${table.family} ${table.name} ${at(namespace)}`;
}

const routeName = ({ destination, table, tos, from }: RouteState, one = false): string => {
  const where = [
    ...(from === undefined ? [] : [` from ${from}`]),
    ...(tos === undefined ? [] : [` of TOS ${tos}`]),
    ...(table === undefined ? [] : [` in table ${table}`]),
  ].join('');
  return prefixLength(destination) === 0
    ? `${one ? 'a' : 'the'} default route${where}`
    : `${one ? 'a' : 'the'} route to ${destination}${where}`;
};

function way({ type, gateway, device, nexthops, nexthopId }: RouteState): string {
  const by = nexthopId === undefined ? '' : ` (nexthop object ${nexthopId})`;
  if (nexthops !== undefined) return `${listed(nexthops.map(hop))}${by}`;
  if (gateway === undefined && device === undefined) return `${type}${by}`;
  return `${type === 'unicast' ? '' : `${type} `}${hop({ gateway, device })}${by}`;
}

const hop = ({
  gateway,
  device,
}: {
  readonly gateway?: string | undefined;
  readonly device?: string | undefined;
}): string =>
  [...(gateway === undefined ? [] : [`via ${gateway}`]), ...(device === undefined ? [] : [`on ${device}`])].join(' ');

function ruleText({ family, from, to, iif, oif, mark, action, table, goto }: RuleState): string {
  const packets = [
    ...(from === undefined ? [] : [`from ${from}`]),
    ...(to === undefined ? [] : [`to ${to}`]),
    ...(iif === undefined ? [] : [`in by ${iif}`]),
    ...(oif === undefined ? [] : [`out by ${oif}`]),
    ...(mark === undefined ? [] : [`marked ${mark.value}/${mark.mask}`]),
  ];
  const target = action === 'table' ? `table ${table ?? 'main'}` : action === 'goto' ? `rule ${goto}` : action;
  return `IPv${family} ${packets.length === 0 ? 'packets' : packets.join(' ')} → ${target}`;
}
