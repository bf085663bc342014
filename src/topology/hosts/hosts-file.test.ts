import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCidr, parseIp } from '../../addr/index.ts';
import { checkTopology, compile, decompile, type TopologyInput } from '../index.ts';

function hostsOf(input: TopologyInput): (node: string) => string {
  const { namespaces } = compile(checkTopology(input, 'lab'), { ipv6: true }).state;
  return (node) => namespaces[`lab.${node}`]!.files['hosts']!;
}

const LOCALHOST = '127.0.0.1 localhost\n::1 localhost ip6-localhost\n';

test('every node is in the hosts file, with addresses on a shared network first', () => {
  const hosts = hostsOf({
    networks: { left: { subnet: '10.1.0.0/24' }, right: { subnet: ['10.2.0.0/24', 'fd02::/64'] } },
    nodes: { a: { networks: ['left'] }, r: { networks: ['left', 'right'] }, b: { networks: ['right'] }, alone: {} },
  });
  const a = '10.1.0.1 a a.lab\n';
  const left = '10.1.0.2 r r.lab\n';
  const right = '10.2.0.1 r r.lab\nfd02::1 r r.lab\n';
  const b = '10.2.0.2 b b.lab\nfd02::2 b b.lab\n';
  assert.equal(hosts('a'), LOCALHOST + a + left + right + b);
  assert.equal(hosts('r'), LOCALHOST + a + left + right + b);
  assert.equal(hosts('b'), LOCALHOST + a + right + left + b);
  assert.equal(hosts('alone'), LOCALHOST + a + left + right + b);
});

test('several addresses on shared networks come first, in their order', () => {
  const hosts = hostsOf({
    networks: Object.fromEntries(['w', 'x', 'y', 'z'].map((name, i) => [name, { subnet: `10.${i}.0.0/24` }])),
    nodes: {
      r: { networks: ['w', 'x', 'y', 'z'] },
      s: { networks: ['w', 'z'] },
      viewer: { networks: ['z', 'x'] },
    },
  });
  assert.equal(
    hosts('viewer'),
    `${LOCALHOST}10.1.0.1 r r.lab\n10.3.0.1 r r.lab\n10.0.0.1 r r.lab\n10.2.0.1 r r.lab\n` +
      '10.3.0.2 s s.lab\n10.0.0.2 s s.lab\n10.3.0.3 viewer viewer.lab\n10.1.0.2 viewer viewer.lab\n',
  );
});

test('a thousand nodes on cables to one router compile in less than a second', () => {
  const nodes = Object.fromEntries(['r', ...Array.from({ length: 1000 }, (_, i) => `n${i}`)].map((name) => [name, {}]));
  const links = Array.from({ length: 1000 }, (_, i) => ({
    between: ['r', `n${i}`],
    subnet: `10.${i >> 8}.${i & 255}.0/30`,
  }));
  const start = process.cpuUsage();
  const hosts = hostsOf({ nodes, links });
  // CPU time, since other processes may delay this one.
  const { user, system } = process.cpuUsage(start);
  assert(user + system < 1_000_000);
  assert.match(hosts('n500'), /^127.*\n::1.*\n10\.1\.244\.1 r r\.lab\n10\.0\.0\.1 r r\.lab\n/);
});

test('the key hosts: names of nodes, with addresses on a shared network first; of addresses; and of one node only', () => {
  const input: TopologyInput = {
    networks: { left: { subnet: '10.1.0.0/24' }, right: { subnet: '10.2.0.0/24' } },
    nodes: {
      a: { networks: ['left'], hosts: { mine: ['r', '192.0.2.9'], 'x.test': 'a' } },
      r: { networks: ['left', 'right'] },
      b: { networks: ['right'] },
    },
    hosts: { 'WWW.shop.test': 'r', db: ['192.0.2.1', '2001:db8::1'], api: ['b', '192.0.2.2'] },
  };
  const hosts = hostsOf(input);
  const r = ['10.1.0.2', '10.2.0.1'].map((ip) => `${ip} r r.lab www.shop.test\n`);
  const others = '10.2.0.2 b b.lab api\n192.0.2.2 api\n192.0.2.1 db\n2001:db8::1 db\n';
  assert.equal(hosts('b'), `${LOCALHOST}10.1.0.1 a a.lab\n${r[1]}${r[0]}${others}`);
  const own = "# Names of this node's own\n10.1.0.2 mine\n10.2.0.1 mine\n192.0.2.9 mine\n10.1.0.1 x.test\n";
  assert.equal(hosts('a'), `${LOCALHOST}10.1.0.1 a a.lab\n${r[0]}${r[1]}${others}${own}`);
});

test('nodes with an uplink get the names of the host, after all others', () => {
  const topology = checkTopology(
    {
      networks: {
        out: { subnet: '10.1.0.0/24', internet: true },
        few: { subnet: '10.2.0.0/24', internet: true, egress: [] },
      },
      nodes: {
        a: { networks: ['out'] },
        b: { networks: ['out'], hosts: { intranet: '192.0.2.9' } },
        shut: {},
        listed: { networks: ['few'] },
      },
      hosts: { db: '192.0.2.1' },
    },
    'lab',
  );
  const hosts = (
    [
      ['a', ['203.0.113.1']],
      ['db', ['203.0.113.2']],
      ['intranet', ['203.0.113.3', '2001:db8::3']],
      ['nas', ['203.0.113.4']],
    ] as const
  ).map(([name, ips]) => [name, ips.map(parseIp)] as const);
  const resolver = { nameservers: [], settings: [], hosts };
  const { namespaces } = compile(topology, { ipv6: true, uplink: { v4: parseCidr('198.18.0.0/24') }, resolver }).state;
  const hostNames = (node: string): string | undefined =>
    namespaces[node]!.files['hosts']!.split("# Names of the host's\n")[1];
  assert.equal(hostNames('lab.a'), '203.0.113.3 intranet\n203.0.113.4 nas\n');
  assert.equal(hostNames('lab.b'), '203.0.113.4 nas\n');
  assert.equal(hostNames('lab'), hostNames('lab.a'));
  assert.deepEqual([hostNames('lab.shut'), hostNames('lab.listed')], [undefined, undefined]);
  // decompile leaves out the names of the host.
  assert.deepEqual(decompile('lab', { namespaces }, { ipv6: true }).topology.hosts, { db: '192.0.2.1' });
});
