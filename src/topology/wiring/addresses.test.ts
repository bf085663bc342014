import { array, assert as check, constantFrom, integer, option, property, record, uniqueArray } from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkTopology, compile, type Compiled, type TopologyInput } from '../index.ts';

const compiled = (input: TopologyInput): Compiled => compile(checkTopology(input, 'lab'), { ipv6: true });

function addressesOf(compiledLab: Compiled): Record<string, readonly (readonly string[])[]> {
  return Object.fromEntries(
    Object.entries(compiledLab.nodes).map(([name, { interfaces }]) => [
      name,
      interfaces.map(({ addresses }) => addresses),
    ]),
  );
}

test('explicit addresses come first, then the gateway, then the lowest free ones in the order of the file', () => {
  const lab = compiled({
    networks: { lan: { subnet: ['10.0.0.0/24', 'fd00::/64'], gateway: 'router' } },
    nodes: {
      a: { networks: ['lan'] },
      b: { networks: { lan: '10.0.0.2' } },
      c: { networks: { lan: { address: ['10.0.0.200', '10.0.0.3', 'fd00::3'] } } },
      d: { networks: { lan: null } },
      router: { networks: ['lan'], forward: true },
    },
  });
  assert.deepEqual(addressesOf(lab), {
    a: [['10.0.0.4/24', 'fd00::2/64']],
    b: [['10.0.0.2/24', 'fd00::4/64']],
    c: [['10.0.0.200/24', '10.0.0.3/24', 'fd00::3/64']],
    d: [['10.0.0.5/24', 'fd00::5/64']],
    router: [['10.0.0.1/24', 'fd00::1/64']],
  });
});

test('the first end of a cable gets the first address, and /31 and /127 have room for both', () => {
  const lab = compiled({
    nodes: { a: {}, b: {} },
    links: [
      { between: ['a', 'b'], subnet: '203.0.113.0/30' },
      { between: ['a', 'b'], subnet: ['203.0.113.4/31', 'fd00::2/127'] },
      { between: ['b', 'a'], subnet: '203.0.113.8/29', addresses: { a: '203.0.113.9' } },
      { between: ['a', 'b'], addresses: { a: '192.0.2.1/24', b: ['192.0.2.2/24', 'fd01::2/64'] } },
    ],
  });
  assert.deepEqual(addressesOf(lab), {
    a: [['203.0.113.1/30'], ['203.0.113.4/31', 'fd00::2/127'], ['203.0.113.9/29'], ['192.0.2.1/24']],
    b: [['203.0.113.2/30'], ['203.0.113.5/31', 'fd00::3/127'], ['203.0.113.10/29'], ['192.0.2.2/24', 'fd01::2/64']],
  });
});

test('more than 255 nodes get addresses', () => {
  const nodes = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`n${i}`, { networks: ['lan'] }]));
  const lab = addressesOf(compiled({ networks: { lan: { subnet: ['10.1.0.0/16', 'fd00::/64'] } }, nodes }));
  assert.deepEqual(lab['n254'], [['10.1.0.255/16', 'fd00::ff/64']]);
  assert.deepEqual(lab['n599'], [['10.1.2.88/16', 'fd00::258/64']]);
});

/** Labs with three networks. Each node is on some of them, in part with an explicit address. */
const labs = array(
  record({
    on: uniqueArray(constantFrom('x', 'y', 'z')),
    host: option(integer({ min: 100, max: 120 })),
  }),
  { maxLength: 30 },
).map((specs): TopologyInput => {
  const taken = new Set<number>();
  const nodes = specs.map(({ on, host }, i) => {
    const free = host !== null && !taken.has(host);
    if (free) taken.add(host);
    return [
      `n${i}`,
      { networks: Object.fromEntries(on.map((name) => [name, free ? `${SUBNETS[name]}.${host}` : null])) },
    ] as const;
  });
  return {
    networks: Object.fromEntries(
      Object.entries(SUBNETS).map(([name, prefix], i) => [name, { subnet: [`${prefix}.0/24`, `fd00:${i}::/64`] }]),
    ),
    nodes: Object.fromEntries(nodes),
  };
});
const SUBNETS: Readonly<Record<string, string>> = { x: '10.1.0', y: '10.2.0', z: '10.3.0' };

test('the same topology compiles to the same state', () => {
  check(
    property(labs, (input) => {
      assert.equal(JSON.stringify(compiled(input)), JSON.stringify(compiled(structuredClone(input))));
    }),
    { numRuns: 50 },
  );
});

test('no address and no MAC address is assigned twice', () => {
  check(
    property(labs, (input) => {
      const { state } = compiled(input);
      const links = Object.values(state.namespaces).flatMap((namespace) => Object.values(namespace.links));
      const addresses = links.flatMap((link) => link.addresses.map(({ address }) => address));
      const macs = links.flatMap(({ mac }) => mac ?? []);
      assert.equal(new Set(addresses).size, addresses.length);
      assert.equal(new Set(macs).size, macs.length);
    }),
  );
});

test('a node added at the end changes no other address', () => {
  check(
    property(labs, uniqueArray(constantFrom('x', 'y', 'z')), (input, on) => {
      const before = addressesOf(compiled(input));
      const after = addressesOf(compiled({ ...input, nodes: { ...input.nodes, added: { networks: on } } }));
      delete after['added'];
      assert.deepEqual(after, before);
    }),
  );
});
