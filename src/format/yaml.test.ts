import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readYaml } from './yaml.ts';

/** The parts of a topology that these tests use. */
interface Value {
  readonly name?: unknown;
  readonly nodes?: object;
}

const read = (text: string): Value => readYaml(text, 'f.yaml', {}).value as Value;

test('merge keys: own keys win, then those of the first map in the list', () => {
  const { nodes } = read(`
x-base: &base { networks: [lan], forward: true }
x-out: &out { forward: false, internet: true }
networks: { lan: }
nodes:
  a: { <<: *base }
  b: { forward: false, <<: *base }
  c: { <<: [*base, *out, { publish: ["1:1"] }], networks: [] }
  d: { <<: { <<: *out, forward: true } }
  <<: { e: *base, a: {} }
`);
  assert.deepEqual(nodes, {
    a: { networks: ['lan'], forward: true },
    b: { forward: false, networks: ['lan'] },
    c: { networks: [], forward: true, internet: true, publish: ['1:1'] },
    d: { forward: true, internet: true },
    e: { networks: ['lan'], forward: true },
  });
});

test('many nodes share one anchor', () => {
  const nodes = Array.from({ length: 1000 }, (_, i) => `  n${i}: { <<: *b }\n`).join('');
  assert.equal(Object.keys(read(`x-b: &b { forward: true }\nnodes:\n${nodes}`).nodes!).length, 1000);
});

test('empty documents, a byte order mark and all line endings are accepted', () => {
  for (const text of ['---\nname: x', '---\n---\nname: x\n---\n', '\uFEFFname: x', '# c\r\n---\r\nname: x\r\n...\r\n'])
    assert.equal(read(text).name, 'x');
});

/** An error, a text with it, and the message after the file's name: complete, or as a pattern. */
for (const [fault, text, message] of [
  ['bad YAML', 'nodes:\n  a: [1\nb: 2', /^3:1: /],
  ['a tag of a map', 'nodes: !js x', /^1:8: /],
  ['an empty file', '# nothing', ' the file is empty'],
  ['a duplicate key', 'nodes:\n  a: {}\n  b: {}\n  a: {}', '4:3: the key "a" is already on line 2'],
  ['a duplicate key in JSON', '{"nodes": {"a": {}, "a": {}}}', '1:21: the key "a" is already on line 1'],
  ['an alias without an anchor', 'nodes: { a: *x }', '1:13: there is no anchor "&x" before this alias'],
  ['a map as a key', 'nodes: { {a: 1}: {} }', '1:10: a key must be text'],
  ['a second document', 'name: x\n---\nname: y', /^3:1: a second document begins here/],
  ['a tab', 'nodes:\n\ta: {}', /^2:1: a tab indents this line/],
  ['a stray indent', 'nodes:\n  a: {}\n b: {}', /^3:1: the indentation differs from that of the lines above/],
  ['an open brace', 'nodes: {a: {}', /^1:14: missing "}"/],
  ['an open quote', "name: 'x", /^1:9: a quoted string has no closing '/],
  ['a colon in text', 'name: x: y', /^1:7: second ": " on this line/],
  ['no colon', 'nodes:\n  a {}\n  b: {}', /^2:3: missing ":" after a key/],
  ['an at sign', 'name: @x', /^1:7: text that begins with "@" must be in quotes/],
  ['an escape', String.raw`name: "\q"`, /^1:8: "\\q" means nothing between double quotes/],
  ['a tag', 'name: !js x', /^1:7: the tag "!js" is not supported/],
  ['an extra comma', 'nodes: {a: {networks: [a,,]}}', /^1:26: there is nothing before this ","/],
  ['an alias in itself', 'a: &a [*a]', /^1:8: the alias "\*a" is inside its own anchor/],
  ['deep nesting', '['.repeat(70), /^1:66: .* more than 64 levels deep/],
  ['very deep nesting', '- '.repeat(20_000), /^1:131: .* more than 64 levels deep/],
] as const)
  test(`${fault} has a clear message`, () =>
    assert.throws(() => read(text), {
      code: 'ERR_TOPOLOGY',
      message: typeof message === 'string' ? `f.yaml:${message}` : new RegExp(message.source.replace('^', '^f.yaml:')),
    }));

test('aliases of aliases are limited, with the line in the error', () => {
  const levels = Array.from(
    { length: 9 },
    (_, i) => `${'bcdefghij'[i]}: &${'bcdefghij'[i]} [${`*${'abcdefghi'[i]},`.repeat(9)}]`,
  );
  assert.throws(
    () => read(['a: &a [x]', ...levels].join('\n')),
    /^TopologyError: f\.yaml:\d:\d+: aliases expand to more than/,
  );
});
