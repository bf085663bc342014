import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourceOf } from './checked.ts';
import { errorOf, testErrors } from './error-cases.ts';
import { checkTopology, compile, parseTopology, TopologyError } from './index.ts';

testErrors([
  ['not a map', '- a', '1:1: expected a map, not a list'],
  ['an unknown key', 'nodes:\n  a: { network: [] }', '2:8: unknown key "network" (did you mean "networks"?)'],
  [
    'several unknown keys',
    'nodez: {}\nlinkz: []',
    '1:1: unknown key "nodez" (did you mean "nodes"?)\n2:1: unknown key "linkz" (did you mean "links"?)',
  ],
  ['a key of Object.prototype', 'nodes: { a: { toString: 1 } }', '1:15: unknown key "toString"'],
  ['a name that JavaScript reserves', 'nodes: { constructor: {} }', '1:10: "constructor" cannot be used as a name'],
  ['two unsupported keys', 'networks: { lan: { delay: 1ms, loss: 1% } }', /delay.*\n.*loss/],
  ['a wrong type', 'nodes: { a: { forward: 1 } }', '1:24: expected true or false or a map, not 1'],
  ['neither list nor map', 'nodes: { a: { networks: lan } }', '1:25: expected a list or a map, not "lan"'],
  [
    'a number where text is expected',
    'networks: { a: { subnet: 10 } }',
    '1:26: expected text or a list, not 10: put it in quotes, "10"',
  ],
  ['a list of nodes', 'nodes: [a]', '1:8: expected a map, not a list'],
  ['a bad node name', 'nodes:\n  My_node: {}', /^2:3: invalid node name "My_node": use a-z/],
  ['a node name of digits only', 'nodes: { 5: {} }', /^1:10: the name "5" needs a letter/],
  ['a long lab name', `name: ${'a'.repeat(33)}`, /^1:7: the lab name "a+" has 33 characters; the maximum is 32$/],
  ['a long node name', `nodes: { ${'a'.repeat(64)}: {} }`, /node name "[^"]+" has 64 characters; the maximum is 63/],
  ['a key that is missing', 'expect:\n  - { from: a, icmp: true }', '2:5: the key "to" is missing'],
  ['an alias', 'x: &x { foo: 1 }\nnodes: { a: *x }', /unknown key "x"/],
]);

test('the error has its parts as properties', () => {
  const error = errorOf(() => parseTopology('networks:\n  lan: { loss: 1% }', 'shop.yaml'));
  assert.equal(error.code, 'ERR_TOPOLOGY');
  assert.deepEqual([error.file, error.line, error.column], ['shop.yaml', 2, 10]);
  assert.deepEqual(error.issues, [
    { message: '"loss" is not supported yet', path: 'networks.lan.loss', line: 2, column: 10 },
  ]);
  assert.equal(error.message, 'shop.yaml:2:10: "loss" is not supported yet');
});

test('without a file, the error has paths', () => {
  const error = errorOf(() => checkTopology({ nodes: { web: { networks: ['lan'] } } }, 'shop'));
  assert.equal(error.message, 'nodes.web.networks.0: there is no network "lan"');
  assert.equal(error.file, undefined);
});

test('a lab without a name gets the name of its file, if that is valid', () => {
  assert.equal(parseTopology('nodes: {}', '/labs/shop.yaml').name, 'shop');
  assert.equal(parseTopology('name: other', '/labs/shop.yaml').name, 'other');
  assert.match(
    errorOf(() => parseTopology('nodes: {}', 'My Shop.yaml')).message,
    /"My Shop" cannot name a lab: give it a "name"/,
  );
  assert.match(errorOf(() => checkTopology({})).message, /the lab needs a name/);
});

test('a lab can get another name than in its file, and errors still have their position', () => {
  const topology = parseTopology('name: shop\nnodes: { a: {} }', 'My Shop.yaml', { name: 'mine' });
  assert.equal(topology.name, 'mine');
  assert.equal(sourceOf(topology)?.file, 'My Shop.yaml');
  assert.equal(checkTopology({ name: 'shop', nodes: {} }, 'other', { name: 'mine' }).name, 'mine');
  const bad = errorOf(() => parseTopology('name: shop\nnodes: { a: {} }', 'shop.yaml', { name: '../x' }));
  assert.match(bad.message, /"\.\.\/x" cannot name a lab/);
});

test('errors of compile have their position in the file', () => {
  const topology = parseTopology(
    'networks:\n  lan: { subnet: fd00::/64 }\nnodes: { a: { networks: [lan] } }',
    'shop.yaml',
  );
  const error = errorOf(() => compile(topology, { ipv6: false }));
  assert.equal(error.message, 'shop.yaml:2:18: the subnet fd00::/64 needs IPv6, which is disabled in this kernel');
});

test('a cyclic value is an error, not a loop', () => {
  const value: Record<string, unknown> = {};
  value['nodes'] = value;
  assert.throws(() => checkTopology(value, 'shop'), TopologyError);
});

test('an enormous alias is an error', () => {
  const levels = Array.from({ length: 12 }, (_, i) => `  l${i + 1}: &l${i + 1} [${`*l${i},`.repeat(10)}]`);
  assert.throws(() => parseTopology(`nodes:\n  l0: &l0 []\n${levels.join('\n')}`, 'bomb.yaml'), TopologyError);
});

test('a checked topology is frozen', () => {
  const input = { nodes: { web: { forward: true } } };
  const topology = checkTopology(input, 'shop');
  assert(Object.isFrozen(topology.nodes?.['web']));
  assert(!Object.isFrozen(input.nodes.web));
});

/** The fault of a value, the value, and the whole message. */
for (const [fault, value, message] of [
  ['an unknown key', { name: 'x', nodes: { a: { foo: 1 } } }, 'nodes.a.foo: unknown key "foo"'],
  ['a name of another type', { name: 5 }, 'name: expected text, not 5: put it in quotes, "5"'],
  ['a misspelt "name"', { nam: 'x' }, 'nam: unknown key "nam" (did you mean "name"?)'],
  ['a list instead of a map', [], 'expected a map, not a list'],
  [
    'an unknown network',
    {
      name: 'x',
      networks: { lan: { subnet: '10.0.0.0/24', gateway: 'a' } },
      nodes: {
        a: { networks: ['lna'], routes: ['default via 10.0.0.9'], nat: { outside: 'lan' } },
        b: { networks: ['lan'] },
      },
      hosts: { h: 'a' },
      expect: [{ from: 'b', to: 'a', icmp: true }],
    },
    'nodes.a.networks.0: there is no network "lna" (did you mean "lan"?)',
  ],
  [
    'a second subnet of a family',
    {
      name: 'x',
      networks: { lan: { subnet: ['10.0.0.0/24', '10.1.0.0/24'] } },
      nodes: { a: { networks: { lan: '10.1.0.1' } } },
    },
    /^networks\.lan\.subnet\.1: there is already an IPv4 subnet, [^\n]*$/,
  ],
  [
    'a missing subnet',
    { name: 'x', networks: { lan: { internet: true } }, nodes: { a: { networks: { lan: '10.1.0.1' } } } },
    /^networks\.lan\.internet: the network "lan" needs a subnet [^\n]*$/,
  ],
  [
    'a full subnet',
    {
      name: 'x',
      networks: { lan: { subnet: '10.0.0.0/30' } },
      nodes: { a: { networks: ['lan'] }, b: { networks: ['lan'] }, c: { networks: ['lan'] } },
      hosts: { h: 'c' },
      expect: [{ from: 'a', to: 'c', icmp: true }],
    },
    /^nodes\.c\.networks\.0: the subnet 10\.0\.0\.0\/30 is full: .*"c"$/,
  ],
] as const)
  test(`${fault} is reported once, without errors that follow from it`, () => {
    const { message: actual } = errorOf(() => checkTopology(value));
    if (typeof message === 'string') assert.equal(actual, message);
    else assert.match(actual, message);
  });

test('a topology from a pipe needs a name', () => {
  for (const file of ['/dev/fd/63', '/proc/self/fd/5', '/dev/stdin', '-'])
    assert.match(
      errorOf(() => parseTopology('nodes: {}', file)).message,
      /the lab needs a name.*it cannot be named after/,
    );
  assert.equal(parseTopology('name: x', '/dev/fd/63').name, 'x');
});
