import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkTopology, compile, decompile, parseTopology } from '../index.ts';

const servicesOf = (text: string, node: string) =>
  compile(parseTopology(text, 'shop.yaml', { folder: '/srv/shop' }), { ipv6: true }).state.namespaces[`shop.${node}`]!
    .services;

const STOP = { signal: 'SIGTERM', timeout: 2000 };

test('a service in its shortest form, and with all keys', () => {
  const text = `
nodes:
  db: { run: postgres -D data }
  web:
    run:
      api:
        command: [node, server.js, a b]
        env: { PORT: 80, DEBUG: true, NAME: x }
        cwd: ../api/
        after: [web/setup, db]
        ready: { http: { port: 8080 }, timeout: 1.5s }
        restart: on-failure
        stop: { signal: SIGINT, timeout: 1m }
      setup: { command: sh -c 'ip link; true', ready: { exit: true } }
      other: sleep 5
  alone: {}
`;
  assert.deepEqual(servicesOf(text, 'db'), {
    main: { command: ['postgres', '-D', 'data'], env: {}, cwd: '/srv/shop', after: [], restart: 'never', stop: STOP },
  });
  assert.equal(servicesOf(text, 'alone'), undefined);
  const { api, setup, other } = servicesOf(text, 'web')!;
  assert.deepEqual(api, {
    command: ['node', 'server.js', 'a b'],
    env: { PORT: '80', DEBUG: 'true', NAME: 'x' },
    cwd: '/srv/api',
    after: ['db/main', 'web/setup'],
    ready: { kind: 'http', port: 8080, path: '/', timeout: 1500 },
    restart: 'on-failure',
    stop: { signal: 'SIGINT', timeout: 60_000 },
  });
  assert.deepEqual(setup?.ready, { kind: 'exit', timeout: 60_000 });
  assert.deepEqual(other?.command, ['sleep', '5']);
});

test('decompiled services compile to the same state', () => {
  const topology = checkTopology(
    {
      name: 'shop',
      nodes: {
        a: { run: { command: 'x "y z"', env: { A: "it's" }, ready: { tcp: 5, timeout: '1.5s' }, after: 'b' } },
        b: {
          run: {
            main: { command: ['x', ''], ready: { http: '/x' } },
            log: { command: 'x', ready: { log: '^a|b$' }, restart: 'always' },
            check: { command: 'x', ready: { command: 'test -e "a b"' }, cwd: 'sub', stop: { signal: 'SIGINT' } },
            once: { command: 'x', ready: { exit: true }, restart: 'on-failure', stop: { timeout: '5s' } },
          },
        },
      },
    },
    undefined,
    { folder: '/srv' },
  );
  const { state } = compile(topology, { ipv6: true });
  const { topology: again, notes } = decompile('shop', state, { ipv6: true });
  assert.deepEqual(notes, []);
  assert.deepEqual(compile(checkTopology(again), { ipv6: true }).state, state);
});
