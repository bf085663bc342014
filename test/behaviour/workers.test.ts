// Threads of this process in nodes: that everything they do is done there, although libuv's pool, which does some of it
// for all threads of a process, is not.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { after, before, suite, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Worker } from 'node:worker_threads';
import type * as library from '../../src/library/index.ts';
import { Lab, type Node } from '../../src/library/index.ts';
import { sh } from '../support/command.ts';
import { startDnsmasq } from '../support/dns-server.ts';
import { assertUnchanged, snapshotHost, type HostSnapshot } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';
import type { Told } from '../support/workers/told.ts';

const program = (name: string): URL => new URL(`../support/workers/${name}.js`, import.meta.url);

const published = async (): Promise<typeof library> =>
  (await import(pathToFileURL('dist/library/index.js').href)) as typeof library;

const message = async (worker: Worker): Promise<unknown> => {
  const [said] = (await once(worker, 'message')) as unknown[];
  return said;
};

const ownNamespaces = (): string[] => ['net', 'mnt', 'uts'].map((kind) => readlinkSync(`/proc/thread-self/ns/${kind}`));

suite('workers', { skip: skipWithoutRoot }, () => {
  let untouched: HostSnapshot;
  let home: string[];
  let lab: Lab;
  let a: Node;

  before(async () => {
    const topology = {
      networks: { lan: { subnet: ['10.65.0.0/24', 'fd65::/64'] }, four: { subnet: '10.66.0.0/24' } },
      nodes: {
        a: { networks: ['lan'] },
        b: { networks: ['lan'] },
        dns: { networks: ['lan'] },
        only4: { networks: ['four'] },
      },
    };
    const warm = await Lab.up({ ...topology, name: labName('warm') });
    const worker = await warm.node('a').worker(program('faulty'));
    await assert.rejects(once(worker, 'exit'));
    await warm.node('a').exec('true');
    const { Lab: PublishedLab } = await published();
    PublishedLab.find(warm.name)
      .node('a')
      .within(() => {});
    await warm.down();
    untouched = snapshotHost();
    home = ownNamespaces();
    lab = await Lab.up({ ...topology, name: labName('worker') });
    a = lab.node('a');
  });
  after(async () => {
    await lab.down();
    assert.deepEqual(ownNamespaces(), home);
    await assertUnchanged(untouched);
  });

  test('are in their node, in all that they ask', async () => {
    // The pool of threads that look names up and read files is at work already, for this process and where that is.
    await assert.rejects(lookup('b'));
    await readFile('/etc/hosts');
    await using _ = await startDnsmasq(lab.node('dns'), ['--host-record=served.example,10.65.0.77']);
    const conf = `/etc/netns/${a.namespace}/resolv.conf`;
    writeFileSync(conf, 'nameserver 10.65.0.3\n');
    const worker = await a.worker(program('told'), {
      workerData: { shared: [1, 2, 3] },
      argv: ['one', 'two'],
      env: { ...process.env, COLOUR: 'blue' },
    });
    const told = (await message(worker)) as Told;
    await once(worker, 'exit');
    rmSync(conf);

    const inode = sh(`ip netns exec ${a.namespace} readlink /proc/self/ns/net`).trim();
    assert.equal(told.namespace, inode);
    assert.equal(told.child, inode, 'its children are elsewhere');
    assert.deepEqual(told.interfaces, ['eth0', 'lo']);
    assert.equal(told.hostname, 'a');
    assert.equal(told.directory, process.cwd());
    assert.equal(told.hosts, sh(`ip netns exec ${a.namespace} cat /etc/hosts`));
    // What is read asynchronously is read by the pool.
    assert.deepEqual(told.devices, ['eth0,lo', 'eth0,lo', 'lan0,lan1,lo']);
    const [b4, b6] = [
      { address: '10.65.0.2', family: 4 },
      { address: 'fd65::2', family: 6 },
    ];
    assert.deepEqual(told.names, {
      plain: ['10.65.0.2', 4],
      family: ['fd65::2', 6],
      object: ['10.65.0.2', 4],
      all: [[b4, b6]],
      ipv6first: [[b6, b4]],
      literal: [[{ address: '127.0.0.1', family: 4 }]],
      mapped: ['::ffff:10.66.0.1', 6],
      missing: 'EAI_AGAIN',
      promise: b4,
      promises: [b4, b6],
      promisified: b4,
      nowhere: 'EAI_AGAIN',
      invalid: 'ERR_INVALID_ARG_TYPE',
      service: { hostname: 'b', service: '80' },
      resolved: ['10.65.0.77'],
      served: { address: '10.65.0.77', family: 4 },
    });
    assert.match(told.fetched, /^from thread \d+$/);
    assert.deepEqual(told.data, { shared: [1, 2, 3] });
    assert.deepEqual(told.argv, ['one', 'two']);
    assert.equal(told.environment, 'blue');

    // And this thread, and the pool, are where they were.
    assert.deepEqual(ownNamespaces(), home);
    assert.match(await readFile('/proc/net/dev', 'utf8'), /lan0:/);
    assert.match(readFileSync('/proc/net/dev', 'utf8'), /lan0:/);
    await assert.rejects(lookup('b'));
  });

  test('tell of their errors, and of what keeps them from their node', async () => {
    const failing = await a.worker(program('faulty'), { workerData: 'please' });
    await assert.rejects(once(failing, 'exit'), {
      name: 'TypeError',
      message: 'told to fail: please',
      code: 'ERR_TOLD',
    });
    const missing = await a.worker(program('no-such-file'));
    await assert.rejects(once(missing, 'exit'), { code: 'ERR_MODULE_NOT_FOUND' });
    const gone = await Lab.up({ name: labName('gone'), nodes: { x: {} } });
    const x = gone.node('x');
    await gone.down();
    await assert.rejects(x.worker(program('told')), { code: 'ENOENT', message: /there is no namespace/ });
  });

  test('are ended with their node, whatever they are doing', async () => {
    const short = await Lab.up({ name: labName('short'), nodes: { x: {} } });
    const worker = await short.node('x').worker(new URL('data:text/javascript,setInterval(() => {}, 1000)'));
    const ended = once(worker, 'exit');
    await short.down();
    assert.deepEqual(await ended, [1]);
  });

  test('elect a leader, and another when it is gone: the example', async () => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['examples/in-process/election.mjs']);
    const [first, second] = [...stdout.matchAll(/^(\w) leads$/gm)].map(([, name]) => name);
    assert.ok(first !== undefined && second !== undefined && first !== second, stdout + stderr);
    assert.match(stdout, new RegExp(`^${first} has stopped$`, 'm'));
  });

  // Of the package as it is published, in which the threads' first file is one of the bundle's.
  test('run in 200 nodes at once, and hear each other by name', async (t) => {
    const { Lab } = await published();
    const count = 200;
    const names = Array.from({ length: count }, (_, i) => `n${i}`);
    const many = await Lab.up({
      name: labName('ring'),
      networks: { lan: { subnet: '10.67.0.0/16' } },
      nodes: Object.fromEntries(names.map((name) => [name, { networks: ['lan'] }])),
    });
    try {
      const started = performance.now();
      const workers = await Promise.all(
        names.map((name, i) =>
          many.node(name).worker(program('ring'), { workerData: { next: names[(i + 1) % count] } }),
        ),
      );
      const said = (): Promise<unknown[]> => Promise.all(workers.map(message));
      assert.deepEqual(new Set(await said()), new Set(['ready']));
      const ready = performance.now() - started;
      const answers = said();
      for (const worker of workers) worker.postMessage('ask');
      assert.deepEqual(
        await answers,
        names.map((_, i) => `${names[(i + 1) % count]} ::ffff:${many.node(names[i]!).address}`),
      );
      const memory = Math.round(process.memoryUsage().rss / 1e6 / count);
      t.diagnostic(`${count} workers ready after ${Math.round(ready)} ms, ${memory} MB each`);
      const ends = Promise.all(workers.map((worker) => once(worker, 'exit')));
      for (const worker of workers) worker.postMessage('end');
      assert.deepEqual(new Set((await ends).map(([code]) => code as number)), new Set([0]));
    } finally {
      await many.down();
    }
  });
});
