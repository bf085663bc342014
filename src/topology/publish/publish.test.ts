import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseCidr } from '../../addr/index.ts';
import { compile } from '../compile.ts';
import { checkTopology } from '../checked.ts';
import { decompile } from '../decompile.ts';
import { parsePublication, publicationText } from './text.ts';
import type { TopologyInput } from '../schema.ts';

for (const [text, spelling] of [
  ['8080:80', '8080:80'],
  ['8080:80/TCP', '8080:80'],
  ['127.0.0.1:5353:53/udp', '127.0.0.1:5353:53/udp'],
  ['3000-3010:4000-4010', '3000-3010:4000-4010'],
  ['[::1]:8080:80/sctp', '[::1]:8080:80/sctp'],
  ['[0:0::1]:1-1:2', '[::1]:1:2'],
  ['0.0.0.0:1:1', '0.0.0.0:1:1'],
  ['[::]:1:1', '[::]:1:1'],
] as const) {
  test(`${text} is ${spelling}`, () => assert.equal(publicationText(parsePublication(text)), spelling));
}

test('invalid texts only throw a FormatError or an AddressError', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[[\]0-9a-f:./-]{0,30}$/), (text) => {
      try {
        const canonical = publicationText(parsePublication(text));
        assert.equal(publicationText(parsePublication(canonical)), canonical);
      } catch (error) {
        assert.match((error as { code?: string }).code ?? '', /^ERR_(FORMAT|ADDRESS)$/, String(error));
      }
    }),
    { numRuns: 5000 },
  );
});

const uplink = { v4: parseCidr('198.18.0.0/26'), v6: parseCidr('fd00::/64') };
const state = (nodes: TopologyInput['nodes']) =>
  compile(checkTopology({ name: 'l', networks: { n: { subnet: ['10.0.0.0/24', 'fd10::/64'] } }, nodes }), {
    ipv6: true,
    uplink,
  }).state;
const table = (nodes: TopologyInput['nodes']) => state(nodes).namespaces['']!.tables['inet netwright-l']!;

test('ports are map elements, and the rules do not depend on their number', () => {
  const single = table({ a: { publish: ['80:80'] } });
  const many = table({ a: { publish: ['80:80', '1000-2999:1000-2999'] } });
  assert.deepEqual(many.chains, single.chains);
  assert.equal(many.sets['published4']!.elements.length, 2001);
  assert.equal(many.sets['published6']!.elements.length, 2001);
});

test('publications of both families, of one family and of one address are in different maps', () => {
  const { sets } = table({ a: { publish: ['1:2', '0.0.0.0:3:4/udp', '[::]:5:6', '127.0.0.1:7:8', '[::1]:9:10'] } });
  const elements = (name: string) => sets[name]!.elements.map(({ key, value }) => [key, value]);
  assert.deepEqual(elements('published4'), [
    [
      ['tcp', 1],
      ['198.18.0.3', 2],
    ],
    [
      ['udp', 3],
      ['198.18.0.3', 4],
    ],
  ]);
  assert.deepEqual(elements('published6'), [
    [
      ['tcp', 1],
      ['fd00::3', 2],
    ],
    [
      ['tcp', 5],
      ['fd00::3', 6],
    ],
  ]);
  assert.deepEqual(elements('published4-at'), [
    [
      ['tcp', '127.0.0.1', 7],
      ['198.18.0.3', 8],
    ],
  ]);
  assert.deepEqual(elements('published6-at'), [
    [
      ['tcp', '::1', 9],
      ['fd00::3', 10],
    ],
  ]);
});

test('decompile returns the published ports', () => {
  const publish = ['80:8080', '90-92:90-92', '0.0.0.0:100:1', '53:53/udp', '[::1]:200-201:1-2', '127.0.0.1:7:8'];
  const nodes = { a: { networks: ['n'], publish }, b: { networks: ['n'], publish: [] }, c: { networks: ['n'] } };
  const { topology, notes } = decompile('l', state(nodes), { ipv6: true });
  assert.deepEqual(notes, []);
  assert.deepEqual(topology.nodes!['a']!.publish!.toSorted(), publish.toSorted());
  assert.deepEqual(topology.nodes!['b'], { networks: ['n'], publish: [] });
  assert.deepEqual(topology.nodes!['c'], { networks: ['n'] });
});

test('without internet, only replies leave, over the uplink', () => {
  const { routes, rules, tables } = state({ a: { publish: ['80:80'] } }).namespaces['l.a']!;
  assert.equal(tables['inet netwright']!.chains['postrouting'], undefined);
  assert.deepEqual(
    rules.map(({ from }) => from),
    ['198.18.0.3/32', 'fd00::3/128'],
  );
  assert.ok(rules.every((rule) => routes.some((route) => route.table === rule.table)));
  assert.ok(
    table({ a: { publish: ['80:80'] } }).chains['forward']!.rules.some(({ statements }) =>
      statements.some((statement) => 'reject' in statement),
    ),
  );
  const { chains, sets } = table({ a: { internet: true, publish: ['80:80'] } });
  assert.equal(chains['input'], undefined);
  assert.equal(sets['internet4'], undefined);
});

const warnings = (input: string | object, publish = ['8080:80']) =>
  compile(checkTopology({ name: 'l', nodes: { a: { publish, firewall: { input } as never } } }), {
    uplink,
    ipv6: true,
  }).warnings;

test('a published port that the firewall does not accept causes a warning', () => {
  assert.match(warnings('deny').join(), /publishes 8080:80, but .* \{ from: internet, tcp: 80 \}/);
  assert.match(
    warnings({ allow: [{ from: 'internet', udp: 80 }, { tcp: '81-90' }] }).join(),
    /accepts no connections to it/,
  );
  assert.match(warnings({ allow: [{ from: 'internet', tcp: 53 }] }, ['1:53/udp']).join(), /udp: 53/);
  for (const allow of [{ from: 'internet', tcp: 80 }, { tcp: '79-81' }, { from: '10.0.0.0/8' }, { tcp: true }])
    assert.deepEqual(warnings({ allow: [allow] }), []);
  assert.deepEqual(warnings('allow'), []);
});
