import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { EncodeError } from '../../wire/index.ts';
import type { SetState } from '../../state/index.ts';
import { canonicalSet } from '../normalise.ts';
import { encodeElements } from './encode.ts';
import { typesFrom, typesOf } from './types.ts';

suite('decoding an encoded set returns the set', () => {
  const sets: readonly SetState[] = [
    {
      key: ['ipv4_addr'],
      flags: ['interval'],
      elements: [{ key: ['10.0.0.0/8'] }, { key: [{ range: ['192.168.0.1', '192.168.0.9'] }] }],
    },
    { key: ['ipv4_addr'], flags: ['interval'], elements: [{ key: ['0.0.0.0/0'] }] },
    { key: ['ipv4_addr'], flags: ['timeout'], elements: [{ key: ['10.0.0.1'], timeout: 1.5 }, { key: ['10.0.0.2'] }] },
    { key: ['ipv6_addr', 'inet_service'], flags: [], elements: [{ key: ['::1', 80] }] },
    { key: ['mark'], flags: [], elements: [{ key: [1] }, { key: [256] }] },
    { key: ['mark'], flags: ['interval'], elements: [{ key: [{ range: [1, 256] }] }] },
    { key: ['ifname', 'mark'], flags: ['interval'], elements: [{ key: ['eth*', { range: [1, 300] }] }] },
    {
      key: ['inet_service'],
      value: ['verdict'],
      flags: ['interval'],
      elements: [
        { key: [{ range: [1, 9] }], value: ['jump a'] },
        { key: [10], value: ['drop'] },
      ],
    },
    {
      key: ['inet_service'],
      value: ['ipv4_addr', 'mark'],
      flags: [],
      elements: [
        { key: [1], value: ['10.0.0.1', 300] },
        { key: ['*'], value: ['10.0.0.2', 1] },
      ],
    },
    { key: ['ipv4_addr'], flags: ['timeout', 'dynamic'], elements: [], timeout: 1.5 },
    { key: ['type46/8'], flags: ['constant'], elements: [{ key: ['0x0102030405060708'] }] },
  ];
  for (const set of sets) test(JSON.stringify(set), () => assert.deepEqual(canonicalSet(set), set));
});

test('overlapping elements are refused, but merged in an anonymous set', () => {
  const set: SetState = {
    key: ['inet_service'],
    flags: ['interval'],
    elements: [{ key: [{ range: [1, 5] }] }, { key: [{ range: [5, 9] }] }],
  };
  assert.throws(() => canonicalSet(set), /1-5 and 5-9 overlap/);
  assert.deepEqual(canonicalSet(set, true).elements, [{ key: [{ range: [1, 9] }] }]);
});

test('a range needs an interval set, and an element of a map needs a value', () => {
  assert.throws(
    () => encodeElements({ key: ['inet_service'], flags: [], elements: [] }, [{ key: [{ range: [1, 2] }] }]),
    /interval/,
  );
  assert.throws(
    () => encodeElements({ key: ['inet_service'], flags: [], elements: [] }, [{ key: [1], value: ['drop'] }]),
    EncodeError,
  );
  assert.throws(
    () =>
      encodeElements({ key: ['inet_service'], value: ['verdict'], flags: [], elements: [] }, [
        { key: [1], value: ['jump'] },
      ]),
    EncodeError,
  );
  assert.throws(
    () => encodeElements({ key: ['inet_service', 'mark'], flags: [], elements: [] }, [{ key: [1] }]),
    /2: inet_service . mark/,
  );
});

test('the type of a concatenation is decoded from its number', () => {
  const types = typesOf(['ipv4_addr', 'inet_service', 'ifname']);
  assert.equal(types.length, 4 + 4 + 16);
  assert.deepEqual(
    typesFrom(types.id, types.length).parts.map(({ name }) => name),
    ['ipv4_addr', 'inet_service', 'ifname'],
  );
  assert.deepEqual(
    typesFrom(0x1234567, 9).parts.map(({ name }) => name),
    ['type19088743/9'],
  );
});

const contains = (set: SetState, value: number): boolean =>
  set.elements.some(({ key: [key] }) =>
    typeof key === 'object' ? Number(key.range[0]) <= value && value <= Number(key.range[1]) : key === value,
  );

test('an anonymous set of random port ranges contains the same ports after encoding', () => {
  const port = fc.integer({ min: 0, max: 65535 });
  fc.assert(
    fc.property(fc.array(fc.tuple(port, port), { maxLength: 8 }), (pairs) => {
      const elements = pairs.map(([a, b]) => ({ key: [{ range: [Math.min(a, b), Math.max(a, b)] as const }] }));
      const given: SetState = { key: ['inet_service'], flags: ['interval'], elements };
      const read = canonicalSet(given, true);
      assert.deepEqual(canonicalSet(read), read);
      for (const edge of pairs.flat().flatMap((value) => [value - 1, value, value + 1])) {
        if (edge >= 0 && edge <= 65535) assert.equal(contains(read, edge), contains(given, edge), String(edge));
      }
    }),
  );
});
