import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile, parseTopology, type TopologyInput } from './index.ts';

const read = (text: string): TopologyInput => parseTopology(text, 'f.yaml');

/** The environment variable that a service gets. */
function env(value: string): string | undefined {
  const topology = parseTopology(`nodes: { a: { run: { command: x, env: { A: ${value} } } } }`, 'lab.yaml');
  return compile(topology, { ipv6: true }).state.namespaces['lab.a']!.services!['main']!.env['A'];
}

test('text stays as it is written, even if it looks like another YAML type', () => {
  for (const text of (
    '08 1.0 1e3 1E3 0x1F 0o17 0b1 1_000 .5 5. -0 +1 .inf .nan 12345678901234567890 0.1234567890123456789 ' +
    'yes no on off True FALSE Null 2026-01-01 12:30 1:20 = << 80 0.5 -1 true'
  ).split(' '))
    assert.equal(env(text), text);
  assert.equal(env('"08"'), '08');
  for (const empty of ['null', '~', '']) assert.throws(() => env(empty), /not nothing: empty text is ""$/);
});

test('names stay as they are written, too', () => {
  const { networks, nodes } = read(
    'networks: { 1e1: }\nnodes: { a: { networks: [1e1] }, 0x10: { networks: { 1e1: } } }',
  );
  assert.deepEqual([Object.keys(networks!), Object.keys(nodes!)], [['1e1'], ['a', '0x10']]);
});

for (const [type, text, message] of [
  ['a number', '{ mtu: 1e3 }', /not "1e3" \(did you mean 1000\?\)$/],
  ['a number with an underscore', '{ mtu: 1_400 }', /not "1_400" \(did you mean 1400\?\)$/],
  ['a number in quotes', '{ mtu: "1400" }', /not "1400" \(did you mean 1400\?\)$/],
  ['true', '{ internet: yes }', /not "yes" \(did you mean true\?\)$/],
  ['false', '{ internet: False }', /not "False" \(did you mean false\?\)$/],
] as const)
  test(`the error for ${type} in another spelling has the right spelling`, () =>
    assert.throws(() => read(`networks: { lan: ${text} }`), { message }));

test('an error in a merged map has the position of its anchor', () => {
  assert.throws(
    () => read('x-b: &b\n  netwroks: [lan]\nnodes:\n  a:\n    <<: *b\n'),
    /^TopologyError: f\.yaml:2:3: unknown key "netwroks"/,
  );
  assert.throws(() => read('nodes: { a: { <<: 5 } }'), /1:19: "<<" merges a map/);
  assert.throws(() => read('nodes: { a: { <<: *b } }'), {
    message: 'f.yaml:1:19: there is no anchor "&b" before this alias',
  });
  assert.throws(() => read('nodes: { a: { "<<": {} } }'), /unknown key "<<"/);
  assert.throws(() => read('nodes: { a: { <<: {}, <<: {} } }'), /1:23: the key "<<" is already on line 1/);
});

test('keys that begin with x- are ignored in every map of known keys, and are names in other maps', () => {
  const topology = read(
    `
x-a: { anything: [1] }
networks: { lan: { x-b: 1, subnet: 10.0.0.0/24 }, x-net: }
nodes:
  a: { x-c: 1, networks: { lan: { x-d: 1 } }, run: { command: x, x-e: 1, ready: { tcp: 1, x-f: 1 } } }
  x-node: { firewall: { x-h: 1, input: { x-i: 1, allow: [{ tcp: 1, x-j: 1 }] } } }
expect: [{ from: a, to: 192.0.2.1, icmp: true, x-k: 1 }]
`,
  );
  assert.doesNotMatch(JSON.stringify(topology), /x-[a-m]"/);
  assert.deepEqual(
    [Object.keys(topology.networks!), Object.keys(topology.nodes!)],
    [
      ['lan', 'x-net'],
      ['a', 'x-node'],
    ],
  );
  assert.throws(() => read('nodes: { a: { y-z: 1 } }'), /unknown key "y-z"/);
});
