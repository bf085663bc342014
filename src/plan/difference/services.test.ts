import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NetworkState, ObservedService, ObservedState } from '../../state/index.ts';
import { checkTopology, compile } from '../../topology/index.ts';
import { describe, plan, type Operation } from '../index.ts';

type Run = string | Readonly<Record<string, unknown>>;

const stateOf = (nodes: Readonly<Record<string, Run>>): NetworkState =>
  compile(
    checkTopology({
      name: 'shop',
      nodes: Object.fromEntries(Object.entries(nodes).map(([name, run]) => [name, { run }])),
    }),
    { ipv6: true },
  ).state;

const words = (operations: readonly Operation[]): string[] =>
  operations.filter(({ op }) => op.endsWith('-service')).map((op) => describe(op).replace(/:.*/, ''));

/** The state in which some services run, but are not known to be ready. */
function pending(state: NetworkState, ...names: string[]): ObservedState {
  const namespaces = Object.entries(state.namespaces).map(([namespace, of]) => {
    const services = Object.entries(of.services ?? {}).map(([name, service]): [string, ObservedService] => [
      name,
      names.includes(`${of.owner?.node}/${name}`) ? { ...service, pending: true } : service,
    ]);
    return [namespace, of.services === undefined ? of : { ...of, services: Object.fromEntries(services) }];
  });
  return { namespaces: Object.fromEntries(namespaces) as ObservedState['namespaces'] };
}

const ready = { tcp: 80 };
const shop = stateOf({
  web: { command: 'web', after: 'api', ready },
  api: { command: 'api', after: ['db', 'cache'], ready },
  db: { command: 'db', ready },
  cache: 'cache',
  other: { command: 'other', ready },
});

test('services without dependencies start at once, others when their dependencies are ready', () => {
  assert.deepEqual(words(plan(shop, { namespaces: {} })), [
    'start service db',
    'start service cache',
    'start service other',
    'wait until service db listens on port 80',
    'start service api',
    'wait until service api listens on port 80',
    'start service web',
    'wait until service other listens on port 80',
    'wait until service web listens on port 80',
  ]);
});

test('services start after everything else, and stop before', () => {
  const up = plan(shop, { namespaces: {} }).map(({ op }) => op);
  assert.ok(up.indexOf('start-service') > up.findLastIndex((op) => !op.endsWith('-service')));
  const down = plan(stateOf({ web: 'web' }), shop).map(({ op }) => op);
  assert.ok(down.lastIndexOf('stop-service') < down.findIndex((op) => op === 'delete-namespace'));
});

test('a service that runs as wanted stays, and is awaited if it is not known to be ready', () => {
  assert.deepEqual(plan(shop, shop), []);
  assert.deepEqual(words(plan(shop, pending(shop, 'web/main', 'db/main'))), [
    'wait until service db listens on port 80',
    'wait until service web listens on port 80',
  ]);
});

test('only a service that changes is stopped and started', () => {
  const changed = stateOf({
    web: { command: 'web', after: 'api', ready },
    api: { command: 'api', after: ['db', 'cache'], ready, env: { A: 1 } },
    db: { command: 'db', ready },
    other: { command: 'other', ready: { tcp: 81 } },
    cache: 'cache',
  });
  assert.deepEqual(words(plan(changed, pending(shop, 'db/main'))), [
    'stop service api',
    'stop service other',
    'start service other',
    'wait until service db listens on port 80',
    'start service api',
    'wait until service other listens on port 81',
    'wait until service api listens on port 80',
  ]);
});

test('services stop before their dependencies', () => {
  const nothing = stateOf({});
  const without = plan({ namespaces: { ...nothing.namespaces } }, shop);
  assert.deepEqual(words(without), [
    'stop service web',
    'stop service api',
    'stop service other',
    'stop service cache',
    'stop service db',
  ]);
});
