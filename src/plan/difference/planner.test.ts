import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCidr, parseIp, parseMac } from '../../addr/index.ts';
import {
  labLinkGroup,
  type AddressState,
  type LinkOf,
  type LinkState,
  type NamespaceState,
  type NetworkState,
} from '../../state/index.ts';
import { plan, type Operation } from '../index.ts';

const lo: LinkState = { kind: 'loopback', up: true, mtu: 65536, addresses: [] };
const empty = { routes: [], rules: [], neighbours: [], sysctls: {}, tables: {}, files: {} };

function end(namespace: string, name: string, more: Partial<LinkOf<'veth'>> = {}): LinkOf<'veth'> {
  return {
    kind: 'veth',
    up: true,
    mtu: 1500,
    mac: parseMac('02:00:00:00:00:01'),
    peer: { namespace, name },
    addresses: [],
    ...more,
  };
}

/** A lab with a switch and one node, whose interface has the given address. */
function lab(address = '10.0.0.1/24', more: Partial<NamespaceState> = {}): NetworkState {
  return {
    namespaces: {
      l: {
        ...empty,
        owner: { lab: 'l' },
        links: {
          lo,
          lan: { kind: 'bridge', up: true, mtu: 1500, addresses: [] },
          'a-eth0': end('l.a', 'eth0', { master: 'lan' }),
        },
      },
      'l.a': {
        ...empty,
        owner: { lab: 'l', node: 'a' },
        links: { lo, eth0: end('l', 'a-eth0', { addresses: [{ address: parseCidr(address), scope: 'global' }] }) },
        routes: [
          { type: 'unicast', destination: parseCidr('0.0.0.0/0'), gateway: parseIp('10.0.0.254'), device: 'eth0' },
        ],
        ...more,
      },
    },
  };
}

const nothing: NetworkState = { namespaces: {} };
const steps = (operations: readonly Operation[]): string[] =>
  operations.map((o) => `${o.op}${'namespace' in o ? ` ${o.namespace}` : ''}${'name' in o ? ` ${o.name}` : ''}`);

test('equal states need no operations', () => {
  assert.deepEqual(plan(lab(), lab()), []);
});

test('a new lab: masters before ports, cables from the port, then the inside of the node', () => {
  assert.deepEqual(steps(plan(lab(), nothing)), [
    'create-namespace l',
    'create-link l lan',
    'create-namespace l.a',
    'create-link l a-eth0',
    'change-link l lo',
    'change-link l.a lo',
    'change-link l.a eth0',
    'add-address l.a',
    'add-route l.a',
  ]);
});

test('a changed address restores the routes that the kernel deleted with it', () => {
  assert.deepEqual(steps(plan(lab('10.0.0.2/24'), lab())), ['delete-address l.a', 'add-address l.a', 'add-route l.a']);
});

test('a deleted address disturbs only routes of its own family', () => {
  const actual = lab();
  const { eth0 } = actual.namespaces['l.a']!.links;
  (eth0!.addresses as AddressState[]).push({ address: parseCidr('fe80::5/64'), scope: 'link' });
  assert.deepEqual(steps(plan(lab(), actual)), ['delete-address l.a']);
});

test('what is not wanted is deleted: a cable before the namespace at its other end', () => {
  const wanted: NetworkState = {
    namespaces: { l: { ...lab().namespaces['l']!, links: { lo, lan: lab().namespaces['l']!.links['lan']! } } },
  };
  assert.deepEqual(steps(plan(wanted, lab())), ['delete-link l a-eth0', 'delete-namespace l.a']);
});

test('a cable with another peer is recreated', () => {
  const actual = lab();
  const eth0 = actual.namespaces['l.a']!.links['eth0']!;
  const moved: NetworkState = {
    namespaces: {
      ...actual.namespaces,
      'l.a': {
        ...actual.namespaces['l.a']!,
        links: { lo, eth0: { ...eth0, peer: { namespace: 'l', name: 'other' } } as LinkState },
      },
    },
  };
  const operations = plan(lab(), moved);
  assert.equal(operations[0]!.op, 'delete-link');
  assert.ok(operations.some((o) => o.op === 'create-link'));
});

test('interfaces that programs in a node created stay', () => {
  const actual = lab();
  const node = actual.namespaces['l.a']!;
  const tun: LinkState = { kind: 'tun', up: true, mtu: 1500, addresses: [] };
  const dummy: LinkState = { kind: 'dummy', up: true, mtu: 1500, addresses: [] };
  const cable: LinkState = end('elsewhere', 'eth0');
  const stray: LinkState = { ...dummy, group: labLinkGroup('l') };
  const other: LinkState = { ...dummy, group: labLinkGroup('m') };
  const links = { ...node.links, tun0: tun, dummy0: dummy, veth0: cable, stray, other };
  const operations = plan(lab(), { namespaces: { ...actual.namespaces, 'l.a': { ...node, links } } });
  assert.deepEqual(steps(operations), ['delete-link l.a stray']);
});

test('nodes cabled to each other are configured when both ends are there', () => {
  const cabled: NetworkState = {
    namespaces: {
      'l.a': { ...empty, owner: { lab: 'l', node: 'a' }, links: { lo, eth0: end('l.b', 'eth0') } },
      'l.b': { ...empty, owner: { lab: 'l', node: 'b' }, links: { lo, eth0: end('l.a', 'eth0') } },
    },
  };
  assert.deepEqual(steps(plan(cabled, nothing)).slice(0, 3), [
    'create-namespace l.a',
    'create-namespace l.b',
    'create-link l.a eth0',
  ]);
  assert.deepEqual(plan(cabled, cabled), []);
});

test('settings of one interface come after its creation; those of all interfaces come first', () => {
  const operations = plan(
    lab('10.0.0.1/24', { sysctls: { 'net.ipv4.conf.eth0.log_martians': '1', 'net.ipv4.tcp_sack': '0' } }),
    nothing,
  );
  const order = operations.filter((o) => o.op === 'set-sysctl' || (o.op === 'change-link' && o.name === 'eth0'));
  assert.deepEqual(
    order.map((o) => (o.op === 'set-sysctl' ? o.key : o.op)),
    ['net.ipv4.tcp_sack', 'change-link', 'net.ipv4.conf.eth0.log_martians'],
  );
});

test('after forwarding is turned on for all interfaces, it is turned off on those that must not forward', () => {
  const quiet = { forwarding: false, rpFilter: 0 };
  const state = (sysctls: Record<string, string>): NetworkState => ({
    namespaces: {
      l: {
        ...empty,
        owner: { lab: 'l' },
        links: { lo, lan: { kind: 'bridge', up: true, mtu: 1500, addresses: [], inet: quiet } },
        sysctls,
      },
    },
  });
  const operations = plan(state({ 'net.ipv4.ip_forward': '1' }), state({ 'net.ipv4.ip_forward': '0' }));
  assert.deepEqual(operations, [
    { op: 'set-sysctl', namespace: 'l', key: 'net.ipv4.ip_forward', value: '1' },
    { op: 'change-link', namespace: 'l', name: 'lan', kind: 'bridge', change: { inet: quiet } },
  ]);
});

test('a flowtable is created after its links, and replaced when one of them is recreated', () => {
  const flowtables = { f: { hook: 'ingress', priority: 0, devices: ['eth0'] } } as const;
  const tables = { 'inet t': { family: 'inet', name: 't', chains: {}, sets: {}, flowtables } } as const;
  const wanted = lab('10.0.0.1/24', { tables });
  const created = steps(plan(wanted, nothing));
  assert.ok(created.indexOf('add-table l.a') > created.indexOf('create-link l a-eth0'), created.join('\n'));
  assert.deepEqual(plan(wanted, wanted), []);

  // The link has another peer, so it must be recreated.
  const actual = lab('10.0.0.1/24', { tables, links: { lo, eth0: end('l', 'elsewhere') } });
  const operations = plan(wanted, actual);
  const order = steps(operations);
  assert.ok(order.indexOf('add-table l.a') > order.indexOf('create-link l a-eth0'), order.join('\n'));
  assert.deepEqual(operations.find((op) => op.op === 'add-table')?.replace, true);
});
