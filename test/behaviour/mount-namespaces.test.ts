// A lab is mounted in one mount namespace. One that is up in another is known there, named, and left alone.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { clean, down, findStale, Lab, list, planLab, type TopologyInput } from '../../src/library/index.ts';
import { survey } from '../../src/lab/clean.ts';
import { sh } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { assertUnchanged, snapshotHost, type HostSnapshot } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const built = join(root, 'dist/cli.cjs');
const main = existsSync(built) ? built : fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const netwright = [process.execPath, main];

/** Runs a command line of another program that ends with one of Netwright's. */
const within = (words: readonly string[], ...args: readonly string[]) => {
  const [command, ...rest] = [...words, ...netwright, ...args];
  return spawnSync(command!, rest, { encoding: 'utf8', timeout: 60_000 });
};

const stateIn = (json: string): string | undefined =>
  (JSON.parse(json) as { labs: { state: string }[] }).labs[0]?.state;

const ELSEWHERE = { code: 'ERR_OTHER_MOUNT_NAMESPACE' };

suite('a lab in another mount namespace', { skip: skipWithoutRoot }, () => {
  let untouched: HostSnapshot;
  let folder: string;
  const others: ChildProcess[] = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'nw-elsewhere-'));
    // What this process opens once is open from then on.
    await (await Lab.up(topology(labName('warm'), { internet: true }).value)).down();
    untouched = snapshotHost();
  });

  after(() => {
    for (const child of others) child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  /** A process in a mount namespace of its own, arranged by a script. */
  async function elsewhere(script = ':', { net = false } = {}): Promise<{ nsenter: string[]; end(): Promise<void> }> {
    const namespaces = ['--mount', '--propagation', 'slave', ...(net ? ['--net'] : [])];
    const words = ['sh', '-c', `${script} && echo there && exec cat`];
    const child = spawn('unshare', [...namespaces, ...words], { stdio: ['pipe', 'pipe', 'inherit'] });
    others.push(child);
    await once(child.stdout, 'data');
    return {
      nsenter: ['nsenter', '-t', String(child.pid), '-m', ...(net ? ['-n'] : [])],
      end: async () => {
        child.stdin.end();
        await once(child, 'exit');
      },
    };
  }

  function topology(name: string, more: object = {}): { name: string; file: string; value: TopologyInput } {
    const value = { name, networks: { lan: { subnet: '10.62.0.0/24', ...more } }, nodes: { a: { networks: ['lan'] } } };
    const file = join(folder, `${name}.json`);
    writeFileSync(file, JSON.stringify(value));
    return { name, file, value };
  }

  test('is listed, and neither changed, removed nor tidied away', async () => {
    const { name, file, value } = topology(labName('pt'), { internet: true });
    const there = await elsewhere();
    assert.equal(within(there.nsenter, 'up', file).status, 0);
    const program = spawn(there.nsenter[0]!, [...there.nsenter.slice(1), ...netwright, 'exec', `${name}.a`, 'cat'], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    others.push(program);
    await eventually(
      () => readlinkSync(`/proc/${program.pid}/exe`),
      (exe) => exe.endsWith('/cat'),
      'it does not begin',
    );
    const [found] = list().filter(({ lab }) => lab === name);
    assert.equal(found?.state, 'elsewhere');
    assert.equal(found.elsewhere?.mounts, readlinkSync(`/proc/${there.nsenter[2]}/ns/mnt`));
    assert.equal(found.elsewhere.pid, Number(there.nsenter[2]));
    assert.deepEqual(findStale(), []);
    assert.deepEqual(
      survey().elsewhere.map(({ lab }) => lab),
      [name],
    );
    const { removed, elsewhere: spared } = await clean();
    assert.deepEqual([removed, spared.map(({ lab }) => lab)], [[], [name]]);
    await assert.rejects(down(name), ELSEWHERE);
    await assert.rejects(Lab.up(value), ELSEWHERE);
    assert.throws(() => planLab({ value }), ELSEWHERE);
    assert.throws(() => Lab.find(name), ELSEWHERE);
    for (const args of [
      ['show', name],
      ['down', name],
      ['up', file],
      ['exec', `${name}.a`, 'true'],
      ['ps', name],
      ['logs', name],
      ['restart', `${name}.a`],
      ['publish', `${name}.a`, '8080:80'],
    ]) {
      const { status, stderr } = within([], ...args);
      assert.equal(status, 6, args.join(' '));
      assert.match(stderr, /another mount namespace \(mnt:\[\d+\]\), that of process \d+ \(cat\)/);
    }
    for (const args of [['clean'], ['down', '--all']])
      assert.match(within([], ...args).stderr, new RegExp(`${name} is up in another`), args.join(' '));
    // It is as it was: the program in it, its link on the host, and the lab itself.
    assert.equal(program.exitCode, null);
    sh(`ip link show nw-${name}`);
    assert.equal(stateIn(within(there.nsenter, 'ls', '--json').stdout), 'up');
    assert.equal(within(there.nsenter, 'down', name).status, 0);
    await there.end();
    assert.deepEqual(list(), []);
    await assertUnchanged(untouched);
  });

  test('that shares nothing but the network is known by what it has there', async () => {
    const { name, file, value } = topology(labName('own'), { internet: true });
    const there = await elsewhere('mount -t tmpfs none /run/netwright && mount -t tmpfs none /run/netns');
    assert.equal(within(there.nsenter, 'up', file).status, 0);
    assert.deepEqual(findStale(), []);
    await assert.rejects(Lab.up(value), ELSEWHERE);
    await assert.rejects(down(name), ELSEWHERE);
    sh(`ip link show nw-${name}`);
    assert.equal(within(there.nsenter, 'down', name).status, 0);
    await there.end();
    await assertUnchanged(untouched);
  });

  for (const [directory, own] of [
    ['/etc/netns', '/run/netwright /run/netns'],
    ['/run/netns', '/run/netwright /etc/netns'],
  ] as const) {
    test(`that shares nothing but ${directory} keeps what it has there`, async () => {
      const { name, file, value } = topology(labName('dir'));
      const mounts = own.split(' ').map((path) => `mkdir -p ${path} && mount -t tmpfs none ${path}`);
      const there = await elsewhere(mounts.join(' && '), { net: true });
      assert.equal(within(there.nsenter, 'up', file).status, 0);
      const left = readdirSync(directory).filter((entry) => entry.startsWith(name));
      assert.ok(left.length > 0);
      assert.deepEqual(findStale(), []);
      assert.deepEqual((await clean()).removed, []);
      await assert.rejects(Lab.up(value), ELSEWHERE);
      assert.deepEqual(
        readdirSync(directory).filter((entry) => entry.startsWith(name)),
        left,
      );
      assert.equal(within(there.nsenter, 'down', name).status, 0);
      await there.end();
      await assertUnchanged(untouched);
    });
  }

  test('has gone with its last process: what it has left is stale', async () => {
    const { name, file, value } = topology(labName('gone'));
    const there = await elsewhere();
    assert.equal(within(there.nsenter, 'up', file).status, 0);
    assert.equal(list()[0]?.state, 'elsewhere');
    await there.end();
    assert.deepEqual(
      findStale().map(({ lab }) => lab === name),
      findStale().map(() => true),
    );
    assert.notEqual(findStale().length, 0);
    // And in nobody's way.
    await (await Lab.up(value)).down();
    await assertUnchanged(untouched);
  });

  test('is what the machine’s own is, seen from a namespace that it does not hear of', async () => {
    const { name, file, value } = topology(labName('back'));
    const more = topology(name);
    for (const words of [
      ['unshare', '-m', '--propagation', 'slave'],
      ['unshare', '-m'],
      [...netwright, 'exec', `${name}.a`],
    ]) {
      await Lab.up(value);
      const { nodes } = value;
      writeFileSync(more.file, JSON.stringify({ ...value, nodes: { ...nodes, b: { networks: ['lan'] } } }));
      const { status, stderr } = within(words, 'up', more.file);
      assert.equal(status, 6, stderr);
      assert.match(stderr, /machine's mount namespace, which does not see mounts of this one/);
      writeFileSync(file, JSON.stringify(value));
      assert.match(within(words, 'up', file).stdout, /^nothing to do/);
      assert.equal(stateIn(within(words, 'ls', '--json').stdout), 'up');
      assert.equal(list()[0]?.state, 'up');
      // Taken down it goes everywhere: copies that are private, too.
      assert.equal(within(words, 'down', name).status, 0);
      assert.deepEqual([list(), findStale()], [[], []]);
    }
    await assertUnchanged(untouched);
  });

  test('does not come of a command that would take it along', async () => {
    const { file, name, value } = topology(labName('short'));
    sh(`ip netns add ${name}-x`);
    const { status, stderr } = within(['ip', 'netns', 'exec', `${name}-x`], 'up', file);
    assert.equal(status, 6);
    assert.match(stderr, /would end with this command/);
    assert.equal(existsSync(`/run/netwright/${name}`), false);
    sh(`ip netns del ${name}-x`);
    // With others there it lasts, and is said to be nowhere else.
    const there = await elsewhere();
    assert.match(within(there.nsenter, 'up', file).stderr, /^warning: lab ".*" is up only in this mount namespace/m);
    await assert.rejects(Lab.up(value), ELSEWHERE);
    assert.equal(within(there.nsenter, 'down', name).status, 0);
    await there.end();
    await assertUnchanged(untouched);
  });
});
