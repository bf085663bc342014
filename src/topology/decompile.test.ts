import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseCidr } from '../addr/index.ts';
import {
  EMPTY_NAMESPACE,
  type LinkState,
  type NetworkState,
  type NftRuleState,
  type ObservedNamespace,
} from '../state/index.ts';
import {
  checkTopology,
  compile,
  decompile,
  decompileHost,
  parseTopology,
  topologyText,
  type TopologyInput,
} from './index.ts';

const SHOP = `# Lab "shop".
name: shop
networks:
  lan: { subnet: [10.20.0.0/24, fd20::/64], gateway: router }
  servers: { subnet: 10.30.0.0/24, gateway: router, mtu: 1400 }
  guests: { subnet: 10.40.0.0/24, internet: true }
  a-switch-with-a-long-name: {}
nodes:
  laptop: { networks: [lan] }
  web:
    networks:
      servers: 10.30.0.10
      a-switch-with-a-long-name: { address: 192.0.2.1/24, mac: 02:00:5e:00:00:01, interface: mgmt }
    sysctls: { net.ipv4.ip_default_ttl: 33, net.ipv4.ip_local_port_range: 20000 30000 }
    routes: [10.99.0.0/16 via 10.30.0.77 metric 5, default via 10.30.0.99, blackhole 203.0.113.9]
  db: { networks: [servers] }
  router: { networks: [lan, servers], internet: true, forward: true }
  guest: { networks: [guests] }
  isp: {}
  zoo: {}
links:
  - { between: [router, isp.wan], subnet: 203.0.113.0/30 }
  - between: [isp, router.back]
    addresses: { isp: 198.51.100.1/24, router: [198.51.100.2/24, fd51::2/64] }
`;

const compiled = (topology: TopologyInput): NetworkState =>
  compile(checkTopology(topology), { ipv6: true, uplink: { v4: parseCidr('198.18.0.0/26') } }).state;

suite('decompiling', () => {
  test('returns the topology that was compiled', () => {
    const { topology, notes } = decompile('shop', compiled(parseTopology(SHOP, 'shop.yaml')), { ipv6: true });
    assert.deepEqual(notes, []);
    assert.equal(topologyText(topology, notes, ['Lab "shop".']), SHOP);
  });

  test('escapes the variables of a shell command', () => {
    const topology = { name: 'x', nodes: { a: { run: 'sh -c "echo ${HOME} $$"' } } };
    assert.deepEqual(parseTopology(topologyText(topology, []), 'x.yaml'), topology);
  });

  test('leaves out keys that are derived anyway', () => {
    const { topology } = decompile(
      'x',
      compiled({
        name: 'x',
        networks: { lan: { subnet: '10.0.0.0/24', gateway: 'b', mtu: 1500 } },
        nodes: {
          a: { networks: { lan: { address: '10.0.0.2', interface: 'eth0' } }, routes: ['default via 10.0.0.1'] },
          b: { networks: { lan: '10.0.0.1' }, forward: true, sysctls: { 'net.ipv4.ip_forward': 1 } },
          c: { networks: { lan: '10.0.0.9' } },
        },
      }),
      { ipv6: true },
    );
    assert.deepEqual(topology, {
      name: 'x',
      networks: { lan: { subnet: '10.0.0.0/24', gateway: 'b' } },
      nodes: {
        a: { networks: ['lan'] },
        b: { networks: ['lan'], forward: true },
        c: { networks: { lan: '10.0.0.9' } },
      },
    });
  });

  test('writes `flowtable`, and notes a flowtable that was changed', () => {
    const input: TopologyInput = {
      name: 'x',
      networks: { lan: { subnet: '10.0.0.0/24', gateway: 'r' }, wan: { subnet: '10.0.1.0/24' } },
      nodes: {
        a: { networks: ['lan'] },
        r: { networks: ['lan', 'wan'], forward: { flowtable: true } },
        home: {
          networks: ['lan', 'wan'],
          nat: { inside: 'lan', outside: 'wan' },
          forward: { flowtable: true },
          sysctls: { 'net.ipv6.conf.all.forwarding': 0 },
        },
      },
    };
    const state = compiled(input);
    const { topology, notes } = decompile('x', state, { ipv6: true });
    assert.deepEqual(notes, []);
    for (const name of ['r', 'home']) assert.deepEqual(topology.nodes![name]!.forward, { flowtable: true });
    assert.deepEqual(compiled(topology), state);

    const r = state.namespaces['x.r']!;
    const key = 'inet netwright-flow';
    const table = { ...r.tables[key]!, flowtables: {} };
    const changed = { namespaces: { ...state.namespaces, 'x.r': { ...r, tables: { [key]: table } } } };
    const decompiled = decompile('x', changed, { ipv6: true });
    assert.equal(decompiled.topology.nodes!['r']!.forward, true);
    assert.deepEqual(
      decompiled.notes.map(({ text }) => text),
      [`its nftables table ${key} is omitted`],
    );
  });

  test('notes what a topology cannot express', () => {
    const state = compiled({
      name: 'x',
      networks: { lan: { subnet: '10.0.0.0/24' } },
      nodes: { a: { networks: ['lan'] }, b: { networks: ['lan'] } },
    });
    const a = state.namespaces['x.a']!;
    const { notes, topology } = decompile(
      'x',
      {
        namespaces: {
          ...state.namespaces,
          'x.a': {
            ...a,
            links: {
              ...a.links,
              eth0: { ...a.links['eth0']!, up: false, mtu: 1300 },
              tun0: { kind: 'tun', up: true, mtu: 1500, addresses: [] },
              lost: { kind: 'veth', up: true, mtu: 1500, addresses: [] },
            },
            routes: [{ type: 'unicast', destination: parseCidr('10.5.0.0/16'), device: 'tun0' }],
            rules: [{ family: 4, priority: 5, action: 'table', table: 9 }],
          },
        },
      },
      { ipv6: true },
    );
    assert.deepEqual(
      notes.map(({ path, text }) => `${path.join('.')}: ${text}`),
      [
        'nodes.a: tun0 is omitted: its kind is tun, not veth',
        'nodes.a: lost is omitted: its peer is in none of these namespaces',
        'nodes.a: the MTU of eth0 is 1300, not 1500',
        'nodes.a: eth0 is down',
        'nodes.a: a routing rule is omitted',
        'nodes.a: a unicast route to 10.5.0.0/16 is omitted: a topology cannot express it',
      ],
    );
    assert.match(topologyText(topology, notes), /\n {2}# tun0 is omitted.*\n {2}# lost .*\n/);
    const networksNote = [{ path: ['networks'], text: 'a note about all networks' }];
    assert.match(topologyText(topology, networksNote), /\n# a note about all networks\nnetworks:/);
  });

  test('leaves out addresses that no host can use', () => {
    const state = compiled({
      name: 'x',
      nodes: { a: {}, b: {} },
      links: [{ between: ['a', 'b'], addresses: { a: '10.0.0.1/24', b: '10.0.0.2/24' } }],
    });
    const a = state.namespaces['x.a']!;
    const eth0 = a.links['eth0']!;
    const more = { address: parseCidr('10.0.1.0/24'), scope: 'global' as const };
    const links = { ...a.links, eth0: { ...eth0, addresses: [...eth0.addresses, more] } };
    const { notes, topology } = decompile(
      'x',
      { namespaces: { ...state.namespaces, 'x.a': { ...a, links } } },
      { ipv6: true },
    );
    assert.deepEqual(notes, [
      { path: ['nodes', 'a'], text: '10.0.1.0/24 of eth0 is omitted: it is the network address of 10.0.1.0/24' },
    ]);
    checkTopology(topology);
  });

  test('keeps the order of the bridges of a host, in spite of its nftables rules', () => {
    const bridge: LinkState = { kind: 'bridge', up: true, mtu: 1500, addresses: [] };
    const rules = ['b1', 'b0'].map((right): NftRuleState => ({
      statements: [{ match: { left: 'iifname', op: '==', right } }],
    }));
    const host: ObservedNamespace = {
      ...EMPTY_NAMESPACE,
      links: { b0: bridge, b1: bridge },
      tables: { 'inet x': { family: 'inet', name: 'x', chains: { forward: { rules } }, sets: {} } },
    };
    const { topology } = decompileHost('x', { namespaces: { '': host } }, [], { ipv6: true });
    assert.deepEqual(Object.keys(topology.networks!), ['b0', 'b1']);
  });

  test('notes why a topology cannot be brought up', () => {
    const state = compiled({
      name: 'x',
      networks: { lan: { subnet: '10.0.0.0/24' } },
      nodes: { a: { networks: ['lan'] }, b: { networks: ['lan'] } },
    });
    const b = state.namespaces['x.b']!;
    const eth0 = { ...b.links['eth0']!, addresses: state.namespaces['x.a']!.links['eth0']!.addresses };
    const twice = { namespaces: { ...state.namespaces, 'x.b': { ...b, links: { ...b.links, eth0 } } } };
    const { notes } = decompile('x', twice, { ipv6: true });
    assert.match(
      notes[0]!.text,
      /^this topology cannot be brought up unchanged: .*the address 10\.0\.0\.1 is already used by "a"/,
    );
  });
});
