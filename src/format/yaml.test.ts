import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readYaml } from './yaml.ts';

/** The parts of a topology that are looked at here. */
interface Value {
  readonly name?: unknown;
  readonly nodes?: object;
}

const read = (text: string): Value => readYaml(text, 'f.yaml', {}).value as Value;

test('merge keys: what is nearer comes first, then what is first in the list', () => {
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

test('a document may stand between empty ones, with a mark of byte order and any ends of lines', () => {
  for (const text of ['---\nname: x', '---\n---\nname: x\n---\n', '\uFEFFname: x', '# c\r\n---\r\nname: x\r\n...\r\n'])
    assert.equal(read(text).name, 'x');
});

/** What is wrong, the text, and the message after the file's name: the whole of it, or a pattern. */
for (const [what, text, message] of [
  ['bad YAML', 'nodes:\n  a: [1\nb: 2', /^3:1: /],
  ['a tag of a map', 'nodes: !js x', /^1:8: /],
  ['an empty file', '# nothing', ' the file is empty'],
  ['a duplicate key', 'nodes:\n  a: {}\n  b: {}\n  a: {}', '4:3: the key "a" is already on line 2'],
  ['a duplicate key in JSON', '{"nodes": {"a": {}, "a": {}}}', '1:21: the key "a" is already on line 1'],
  ['an alias of nothing', 'nodes: { a: *x }', '1:13: there is no anchor "&x" before this alias'],
  ['a map as a key', 'nodes: { {a: 1}: {} }', '1:10: a key must be text'],
  ['a second document', 'name: x\n---\nname: y', /^3:1: a second document begins here/],
  ['a tab', 'nodes:\n\ta: {}', /^2:1: a tab indents this line/],
  ['a stray indent', 'nodes:\n  a: {}\n b: {}', /^3:1: this is indented otherwise/],
  ['an open brace', 'nodes: {a: {}', /^1:14: a "}" is missing/],
  ['an open quote', "name: 'x", /^1:9: a text in quotes has no ' at its end/],
  ['a colon in text', 'name: x: y', /^1:7: there is a second ": " on this line/],
  ['no colon', 'nodes:\n  a {}\n  b: {}', /^2:3: a key needs a ":"/],
  ['an at sign', 'name: @x', /^1:7: text that begins with "@" must be in quotes/],
  ['an escape', String.raw`name: "\q"`, /^1:8: "\\q" means nothing between double quotes/],
  ['a tag', 'name: !js x', /^1:7: the tag "!js" means nothing here/],
  ['a comma too many', 'nodes: {a: {networks: [a,,]}}', /^1:26: there is nothing before this ","/],
  ['an alias in itself', 'a: &a [*a]', /^1:8: the alias "\*a" stands inside of what it repeats/],
  ['what is deep', '['.repeat(70), /^1:66: .* more than 64 deep/],
  ['what is very deep', '- '.repeat(20_000), /^1:131: .* more than 64 deep/],
] as const)
  test(`${what} is told of in our words`, () =>
    assert.throws(() => read(text), {
      code: 'ERR_TOPOLOGY',
      message: typeof message === 'string' ? `f.yaml:${message}` : new RegExp(message.source.replace('^', '^f.yaml:')),
    }));

test('aliases of aliases do not make an enormous value, and have a line', () => {
  const levels = Array.from(
    { length: 9 },
    (_, i) => `${'bcdefghij'[i]}: &${'bcdefghij'[i]} [${`*${'abcdefghi'[i]},`.repeat(9)}]`,
  );
  assert.throws(
    () => read(['a: &a [x]', ...levels].join('\n')),
    /^TopologyError: f\.yaml:\d:\d+: with this alias, aliases repeat more than/,
  );
});
