// The library checks the arguments of its functions at run time, for callers without TypeScript.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { after } from '../base/index.ts';
import { useLab } from './index.ts';
import type { Compiled } from '../topology/index.ts';
import {
  clean,
  down,
  downAll,
  followLogs,
  logs,
  Lab,
  listPublished,
  publish,
  unpublish,
  Node,
  planLab,
  processes,
  restart,
  snapshot,
  watch,
} from '../lab/index.ts';

type Call = (...args: readonly never[]) => unknown;

const compiled = { lab: 'none', nodes: {}, state: { namespaces: {} } } as unknown as Compiled;
const node = new Node('a', { namespace: 'none.a', interfaces: [] }, compiled);
const onDrift = (): void => {};
const signal = 'SIGTERM';

/** Calls with invalid arguments, and the messages of their errors. */
const CALLS: readonly (readonly [name: string, call: Call, args: readonly unknown[], message: RegExp])[] = [
  ['down', down, [undefined], /^lab must be a string, not undefined$/],
  ['down', down, [{ name: 'x' }], /^lab must be a string, not an object$/],
  ['down', down, ['x', null], /^options must be an object, not null$/],
  ['down', down, ['x', { wait: NaN }], /^options\.wait must be a number of milliseconds, 0 or more, not NaN$/],
  ['down', down, ['x', { wait: -1 }], /^options\.wait .* not -1$/],
  ['down', down, ['x', { wait: '5' }], /^options\.wait .* not "5"$/],
  [
    'down',
    down,
    ['x', { waitt: 5 }],
    /^unknown key "waitt" in options \(did you mean "wait"\?\); valid keys: wait, signal$/,
  ],
  ['downAll', downAll, [{ signal }], /^options\.signal must be an AbortSignal, not "SIGTERM"$/],
  ['Lab.up', Lab.up.bind(Lab), [{ name: 'x' }, 5], /^options must be an object, not 5$/],
  ['Lab.up', Lab.up.bind(Lab), [{ name: 'x' }, { name: 5 }], /^options\.name must be a string, not 5$/],
  [
    'Lab.up',
    Lab.up.bind(Lab),
    [{ name: 'x' }, { onProgress: true }],
    /^options\.onProgress must be a function, not true$/,
  ],
  ['Lab.up', Lab.up.bind(Lab), [{ name: 'x' }, { naem: 'y' }], /^unknown key "naem" .*did you mean "name"/],
  ['Lab.find', Lab.find.bind(Lab), [undefined], /^name must be a string, not undefined$/],
  ['planLab', planLab, [undefined], /^source must be an object, not undefined$/],
  ['planLab', planLab, ['x.yaml'], /^source must be an object, not "x\.yaml"$/],
  ['planLab', planLab, [{ file: 'x.yaml' }], /^source\.text must be a string, not undefined$/],
  ['planLab', planLab, [{ value: {} }, { foreign: 'yes' }], /^options\.foreign must be true or false, not "yes"$/],
  ['watch', watch, ['x'], /^options must be an object, not undefined$/],
  ['watch', watch, ['x', {}], /^options\.onDrift must be a function, not undefined$/],
  ['watch', watch, ['x', { onDrift, repair: 1 }], /^options\.repair must be true or false, not 1$/],
  ['logs', logs, [undefined], /^lab must be a string/],
  ['logs', logs, ['x', { tail: 1.5 }], /^options\.tail must be a whole number, 0 or more, not 1\.5$/],
  ['followLogs', followLogs, ['x', {}], /^options\.onLine must be a function/],
  ['processes', processes, [['x']], /^lab must be a string, not an array$/],
  ['restart', restart, ['x', undefined], /^node must be a string/],
  ['snapshot', snapshot, [7n], /^lab must be a string, not 7$/],
  ['publish', publish, ['x', 'a', '8080:80'], /^ports must be an array of strings, not "8080:80"$/],
  ['unpublish', unpublish, ['x', 'a', [8080]], /^ports must be an array of strings, not an array with 8080 in it$/],
  ['listPublished', listPublished, [null], /^lab must be a string, not null$/],
  ['useLab', useLab, [undefined, 'x.yaml'], /^context must be the context of a test, not undefined$/],
  ['useLab', useLab, [{}, 'x.yaml', { wait: NaN }], /^options\.wait .* not NaN$/],
  ['useLab', useLab, [{}, 'x.yaml', { capture: { limits: 5 } }], /^unknown key "limits" in options\.capture/],
  ['clean', clean, [{ signal }], /^options\.signal must be/],
  ['node.within', node.within.bind(node), [undefined], /^fn must be a function, not undefined$/],
  ['node.spawn', node.spawn.bind(node), [undefined], /^command must be a string, not undefined$/],
  ['node.spawn', node.spawn.bind(node), ['true', [], { cwd: 5 }], /^options\.cwd must be a string or a URL, not 5$/],
  ['node.connect', node.connect.bind(node), [undefined], /^options must be an object, not undefined$/],
  ['node.connect', node.connect.bind(node), [{ host: 'x', port: 1, timeout: NaN }], /^options\.timeout .* not NaN$/],
  ['node.connect', node.connect.bind(node), [{ hots: 'x', port: 1 }], /^unknown key "hots" .*did you mean "host"/],
  ['node.listen', node.listen.bind(node), [undefined], /^options must be an object, not undefined$/],
  ['node.listen', node.listen.bind(node), [{ path: '/tmp/x' }], /^UNIX sockets do not belong to a network/],
  ['node.listen', node.listen.bind(node), [{ port: 0 }, 5], /^expected a server, or a function/],
  ['node.udp', node.udp.bind(node), [{ host: 5 }], /^options\.host must be a string, not 5$/],
  ['node.resolve', node.resolve.bind(node), [undefined], /^name must be a string, not undefined$/],
  ['node.worker', node.worker.bind(node), [undefined], /^module must be a string, not undefined$/],
  ['node.publish', node.publish.bind(node), [8080], /^ports must be an array of strings/],
];

for (const [name, call, args, message] of CALLS)
  test(`${name} reports its invalid argument: ${message.source}`, async () => {
    await assert.rejects(
      async () => call(...(args as never[])),
      (error: Error & { code?: string }) => {
        assert.match(error.message, message);
        return error.code === 'ERR_USAGE';
      },
    );
  });

test('timeouts longer than those of setTimeout work, and Infinity never fires', async () => {
  let fired = 0;
  const cancels = [2 ** 31, 1e15, Number.MAX_VALUE, Infinity].map((time) => after(time, () => fired++));
  await new Promise<void>((resolve) => after(5, resolve));
  for (const cancel of cancels) cancel();
  assert.equal(fired, 0);
});
