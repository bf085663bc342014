import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIp } from '../../addr/index.ts';
import { natTable, PRESETS } from '../../nat/index.ts';
import {
  EMPTY_NAMESPACE,
  HOST,
  type NamespaceState,
  type NetworkState,
  type SetElement,
  type TableState,
} from '../../state/index.ts';
import { isAuxiliary, describe, render, type Operation } from '../operation/index.ts';
import { plan } from './planner.ts';

const owner = { lab: 'shop', node: 'web' };

/** A node, with a table if given. */
const node = (table?: TableState): NetworkState => ({
  namespaces: {
    'shop.web': { ...EMPTY_NAMESPACE, owner, ...(table && { tables: { [`inet ${table.name}`]: table } }) },
  },
});

const nat = (address: string, pairs: readonly [string, string][] = []): TableState =>
  natTable(
    {
      policy: PRESETS.home,
      inside: ['eth0'],
      outside: 'eth1',
      address: parseIp(address),
      oneToOne: new Map(pairs.map(([inside, outside]) => [parseIp(inside), parseIp(outside)])),
      prefixes: new Map(),
    },
    parseIp(address),
  );

/** A table that publishes ports of a node on the host. */
const published = (...elements: SetElement[]): TableState => ({
  family: 'inet',
  name: 'published',
  chains: {},
  sets: {
    ports: { key: ['inet_proto', 'inet_service'], value: ['ipv4_addr', 'inet_service'], flags: [], elements },
  },
});
const port = (protocol: string, from: number, to: number): SetElement => ({
  key: [protocol, from],
  value: ['198.18.0.2', to],
});
const onHost = (table: TableState): NetworkState => ({
  namespaces: { [HOST]: { ...EMPTY_NAMESPACE, tables: { 'inet published': table } } },
});

const described = (operations: readonly Operation[]): string[] => operations.map(describe);

test('a NAT that gets another address deletes the conntrack entries of the previous one', () => {
  const operations = plan(node(nat('192.0.2.2')), node(nat('192.0.2.1', [['10.0.0.7', '192.0.2.7']])));
  assert.deepEqual(described(operations), [
    'replace table inet netwright-nat of web',
    'delete conntrack entries of web that the previous NAT translated',
  ]);
  assert.deepEqual(operations[1], {
    op: 'forget-nat',
    namespace: 'shop.web',
    before: { address: '192.0.2.1', oneToOne: [['10.0.0.7', '192.0.2.7']] },
    after: { address: '192.0.2.2', oneToOne: [] },
  });
  assert.deepEqual(
    render(operations[1]).map((line) => line.replace(/^ip netns exec shop\.web /, '')),
    ['udp', 'icmp'].flatMap((protocol) =>
      ['192.0.2.1', '192.0.2.7'].map(
        (address) => `conntrack -D -p ${protocol} --reply-dst ${address} > /dev/null 2>&1 || :`,
      ),
    ),
  );
});

test('adding or removing a NAT deletes conntrack entries, but not in a new node', () => {
  assert.deepEqual(described(plan(node(nat('192.0.2.1')), node())), [
    'add table inet netwright-nat of web',
    'delete conntrack entries of web that are not translated',
  ]);
  assert.deepEqual(described(plan(node(), node(nat('192.0.2.1')))), [
    'delete table inet netwright-nat of web',
    'delete conntrack entries of web that the previous NAT translated',
  ]);
  assert.deepEqual(described(plan(node(nat('192.0.2.1')), { namespaces: {} })), [
    'create node web (namespace shop.web)',
    'add table inet netwright-nat of web',
  ]);
});

test('the conntrack entries of UDP ports with another target are deleted, and no others', () => {
  const before = onHost(published(port('udp', 53, 53), port('udp', 99, 1), port('tcp', 80, 80)));
  const after = onHost(published(port('udp', 53, 5353), port('udp', 99, 1), port('tcp', 80, 81)));
  const forget = plan(after, before).at(-1)!;
  const target = { family: 4, port: 53, to: '198.18.0.2' };
  assert.deepEqual(forget, {
    op: 'forget-ports',
    namespace: HOST,
    added: [{ ...target, toPort: 5353 }],
    removed: [{ ...target, toPort: 53 }],
  });
  assert.equal(describe(forget), 'delete conntrack entries on the host for UDP port 53');
  assert.equal(render(forget)[0], 'conntrack -D -f ipv4 -p udp --orig-port-dst 53 > /dev/null 2>&1 || :');
  assert.ok(isAuxiliary(forget));
});

test('TCP ports and an empty plan delete no conntrack entries', () => {
  const tcp = onHost(published(port('tcp', 80, 80)));
  assert.deepEqual(
    plan(tcp, { namespaces: { [HOST]: EMPTY_NAMESPACE } }).map(({ op }) => op),
    ['add-table'],
  );
  const all = onHost(published(port('udp', 53, 53)));
  assert.deepEqual(plan(all, all), []);
});

test('settings of the host are saved once, before the first is set, except those of links of the lab', () => {
  const sysctls = {
    'net.ipv4.ip_forward': '1',
    'net.ipv6.conf.all.forwarding': '1',
    'net.ipv4.conf.nw-shop.rp_filter': '0',
  };
  const links: NamespaceState['links'] = { 'nw-shop': { kind: 'dummy', up: true, mtu: 1500, addresses: [] } };
  const wanted: NetworkState = { namespaces: { ...node().namespaces, [HOST]: { ...EMPTY_NAMESPACE, links, sysctls } } };
  const actual: NetworkState = { namespaces: { ...node().namespaces, [HOST]: { ...EMPTY_NAMESPACE, links } } };
  const operations = plan(wanted, actual);
  assert.deepEqual(described(operations), [
    'save net.ipv4.ip_forward and net.ipv6.conf.all.forwarding on the host, to restore on down',
    'set net.ipv4.ip_forward on the host to 1',
    'set net.ipv6.conf.all.forwarding on the host to 1',
    'set net.ipv4.conf.nw-shop.rp_filter on the host to 0',
  ]);
  assert.deepEqual(render(operations[0]!), [
    '[ -e /run/netwright-shop.sysctl ] || sysctl net.ipv4.ip_forward net.ipv6.conf.all.forwarding > /run/netwright-shop.sysctl',
  ]);
});
