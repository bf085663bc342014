import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NetworkState, SetElement, SetState, TableState } from '../../state/index.ts';
import { plan } from './planner.ts';
import { changeOf, describe, render } from '../operation/index.ts';

const map = (elements: readonly SetElement[], more: Partial<SetState> = {}): SetState => ({
  key: ['inet_proto', 'inet_service'],
  value: ['ipv4_addr', 'inet_service'],
  flags: [],
  elements,
  ...more,
});
const port = (n: number, to: number): SetElement => ({ key: ['tcp', n], value: ['10.0.0.1', to], comment: 'web' });
const state = (set: SetState, chains: TableState['chains'] = {}): NetworkState => ({
  namespaces: {
    l: {
      owner: { lab: 'l' },
      links: {},
      routes: [],
      rules: [],
      neighbours: [],
      sysctls: {},
      tables: { 'inet t': { family: 'inet', name: 't', chains, sets: { ports: set } } },
      files: {},
    },
  },
});

test('if only elements differ, one operation changes only these', () => {
  const [only, ...more] = plan(state(map([port(1, 1), port(2, 9), port(3, 3)])), state(map([port(1, 1), port(2, 2)])));
  assert.deepEqual(more, []);
  assert.deepEqual(only, {
    op: 'change-elements',
    namespace: 'l',
    table: { family: 'inet', name: 't' },
    name: 'ports',
    set: map([]),
    remove: [port(2, 2)],
    add: [port(2, 9), port(3, 3)],
  });
  assert.equal(changeOf(only), 'change');
  assert.match(describe(only), /^delete element tcp \. 2 comment "web" : 10\.0\.0\.1 \. 2 and add elements tcp \. 2 /);
  assert.match(
    render(only)[0]!,
    /\ndelete element inet t ports \{ tcp \. 2 \}\nadd element inet t ports \{ tcp \. 2 comment/,
  );
});

const assertReplaced = (wanted: NetworkState, actual: NetworkState): void =>
  assert.deepEqual(
    plan(wanted, actual).map((op) => op.op === 'add-table' && op.replace),
    [true],
  );

test('if more differs, or elements are intervals, the table is replaced', () => {
  assertReplaced(state(map([port(1, 1)]), { c: { rules: [] } }), state(map([])));
  assertReplaced(state(map([], { key: ['ether_addr', 'inet_service'] })), state(map([])));
  const ranges: Partial<SetState> = { key: ['inet_service'], flags: ['interval'] };
  const span: SetElement = { key: [{ range: [1, 9] }], value: ['10.0.0.1', 1] };
  assertReplaced(state(map([span], ranges)), state(map([], ranges)));
  assert.deepEqual(plan(state(map([port(1, 1)])), state(map([port(1, 1)]))), []);
});
