import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkTopology, compile, type TopologyInput } from './index.ts';

function hostsOf(input: TopologyInput): (node: string) => string {
  const { namespaces } = compile(checkTopology(input, 'lab'), { ipv6: true }).state;
  return (node) => namespaces[`lab.${node}`]!.files['hosts']!;
}

const LOCALHOST = '127.0.0.1 localhost\n::1 localhost ip6-localhost\n';

test('everyone is known by name, nearest address first', () => {
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

test('several near addresses of several nodes come first, in their order', () => {
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

test('a thousand nodes on cables to one router are quick', () => {
  const nodes = Object.fromEntries(['r', ...Array.from({ length: 1000 }, (_, i) => `n${i}`)].map((name) => [name, {}]));
  const links = Array.from({ length: 1000 }, (_, i) => ({
    between: ['r', `n${i}`],
    subnet: `10.${i >> 8}.${i & 255}.0/30`,
  }));
  const start = performance.now();
  const hosts = hostsOf({ nodes, links });
  assert(performance.now() - start < 1000);
  assert.match(hosts('n500'), /^127.*\n::1.*\n10\.1\.244\.1 r r\.lab\n10\.0\.0\.1 r r\.lab\n/);
});
