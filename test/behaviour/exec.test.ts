// Programs in a node: what they see, what becomes of them, and that this process is where it was afterwards.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, before, suite, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { Lab, NotFoundError, SyscallError, type Node } from '../../src/lab/index.ts';
import { sh } from '../support/command.ts';
import { assertUnchanged, descriptors, snapshotHost, type HostSnapshot } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';

const own = (): string[] =>
  ['net', 'mnt', 'uts', 'pid', 'user'].map((kind) => readlinkSync(`/proc/thread-self/ns/${kind}`));

const numbers = (listing: string): string[] => listing.trim().split('\n').toSorted();

suite('programs in a node', { skip: skipWithoutRoot }, () => {
  const topology = {
    name: labName('exec'),
    networks: { lan: { subnet: ['10.61.0.0/24', 'fd61::/64'] } },
    nodes: { a: { networks: ['lan'] }, b: { networks: ['lan'] } },
  };
  let untouched: HostSnapshot;
  let home: string[];
  let lab: Lab;
  let a: Node;

  before(async () => {
    const warm = await Lab.up({ ...topology, name: labName('warm') });
    await warm.node('a').exec('true');
    await warm.down();
    untouched = snapshotHost();
    home = [...own(), process.cwd()];
    lab = await Lab.up(topology);
    a = lab.node('a');
  });
  after(async () => {
    await lab.down();
    assert.deepEqual([...own(), process.cwd()], home, 'this process is somewhere else');
    await assertUnchanged(untouched);
  });

  const output = async (command: string, ...args: string[]): Promise<string> => {
    const { stdout, stderr, status } = await a.exec(command, args);
    assert.equal(status, 0, stderr);
    return stdout;
  };

  test('run in its namespace, with its interfaces, and as `ip netns exec` runs them', async () => {
    assert.equal(await output('ls', '/sys/class/net'), 'eth0\nlo\n');
    for (const command of [
      'ls /sys/class/net',
      'readlink /proc/self/ns/net',
      'cat /etc/hosts',
      'ip -j address',
      'pwd',
    ]) {
      const [file, ...args] = command.split(' ');
      assert.equal(await output(file!, ...args), sh(`ip netns exec ${a.namespace} ${command}`), command);
    }
    assert.equal(sh(`ip netns identify ${a.spawn('sleep', ['1']).pid}`).trim(), a.namespace);
  });

  test('resolve names of nodes, in both families', async () => {
    assert.match(await output('getent', 'ahostsv4', 'b'), /^10\.61\.0\.2\s+STREAM/m);
    assert.match(await output('getent', 'ahostsv6', 'b'), /^fd61::2\s+STREAM/m);
    assert.match(await output('getent', 'hosts', `b.${lab.name}`), /b/);
    assert.match(await output('ping', '-c1', '-W1', 'b'), / 0% packet loss/);
    assert.equal(await output('getent', 'hosts', 'localhost').then((text) => text.split(/\s+/)[0]), '::1');
  });

  test('see a change of the hosts file at their next start', async () => {
    await Lab.up({ ...topology, nodes: { ...topology.nodes, c: { networks: ['lan'] } } });
    assert.match(sh(`ip netns exec ${a.namespace} getent ahostsv4 c`), /^10\.61\.0\.3\s/);
    assert.match(await output('getent', 'ahostsv4', 'c'), /^10\.61\.0\.3\s/);
    await Lab.up(topology);
    assert.equal((await a.exec('getent', ['ahostsv4', 'c'])).status, 2);
  });

  test('give their status, their signal and what they wrote', async () => {
    assert.deepEqual(await a.exec('sh', ['-c', 'echo out; echo err >&2; exit 7']), {
      stdout: 'out\n',
      stderr: 'err\n',
      status: 7,
      signal: null,
    });
    assert.deepEqual(await a.exec('sh', ['-c', 'kill -KILL $$']), {
      stdout: '',
      stderr: '',
      status: null,
      signal: 'SIGKILL',
    });
    assert.equal((await a.exec('sleep', ['10'], { timeout: 50 })).signal, 'SIGTERM');
    const child = a.spawn('sleep', ['10']);
    child.kill('SIGINT');
    assert.deepEqual(await once(child, 'close'), [null, 'SIGINT']);
    const large = await a.exec('head', ['-c', '3000000', '/dev/zero']);
    assert.equal(large.stdout.length, 3_000_000);
  });

  test('read their input, see their environment and keep the working directory', async () => {
    assert.equal((await a.exec('wc', ['-c'], { input: 'x'.repeat(300_000) })).stdout.trim(), '300000');
    assert.equal((await a.exec('true', [], { input: 'not read'.repeat(100_000) })).status, 0);
    assert.equal((await a.exec('cat')).stdout, '', 'without input it is empty');
    assert.equal(
      (await a.exec('sh', ['-c', 'echo $COLOUR'], { env: { ...process.env, COLOUR: 'blue' } })).stdout,
      'blue\n',
    );
    assert.equal((await output('pwd')).trim(), process.cwd());
    const folder = realpathSync(mkdtempSync(`${tmpdir()}/netwright-`));
    assert.equal((await a.exec('pwd', [], { cwd: folder })).stdout.trim(), folder);
    rmSync(folder, { recursive: true });
    const { stdout } = await a.exec('sh', ['-c', 'grep SigIgn /proc/self/status']);
    assert.equal(stdout, sh('grep SigIgn /proc/self/status'), 'signals are ignored');
  });

  test('inherit none of this process’s descriptors', async () => {
    // What this process was itself given, Node passes on.
    const usual = numbers(sh('ls /proc/self/fd'));
    assert.deepEqual(numbers(await output('ls', '/proc/self/fd')), usual, await output('ls', '-l', '/proc/self/fd'));
  });

  test('that do not exist, or in a node that does not, are errors that say so', async () => {
    const openBefore = descriptors();
    await assert.rejects(a.exec('no-such-program'), { code: 'ENOENT' });
    assert.throws(
      () => lab.node('bb'),
      (error: NotFoundError) => error instanceof NotFoundError && /did you mean "b"/.test(error.message),
    );
    const gone = await Lab.up({ name: labName('gone'), nodes: { x: {} } });
    const x = gone.node('x');
    await gone.down();
    await assert.rejects(
      async () => x.exec('true'),
      (error: SyscallError) => error instanceof SyscallError && error.code === 'ENOENT',
    );
    // The pipes of the program that did not start are closed a moment later.
    for (let i = 0; i < 50 && !isDeepStrictEqual(descriptors(), openBefore); i++) await sleep(10);
    assert.deepEqual(descriptors(), openBefore);
  });

  test('leave this process where it was, whatever else goes on at that moment', async () => {
    const wanderers = Array.from({ length: 20 }, async (_, i) => {
      const { stdout } = await lab.node(i % 2 === 0 ? 'a' : 'b').exec('readlink', ['/proc/self/ns/net']);
      return stdout.trim();
    });
    const observed = new Set<string>();
    for (let i = 0; i < 20; i++) {
      observed.add(readlinkSync('/proc/thread-self/ns/net'));
      await sleep(1);
    }
    const inodes = new Set(await Promise.all(wanderers));
    assert.equal(inodes.size, 2);
    assert.deepEqual([...observed], [home[0]]);
    assert.throws(() => a.within(() => Promise.resolve()), TypeError);
    assert.throws(() => a.within(() => assert.fail('on purpose')), /on purpose/);
    assert.equal(
      a.within(() => readlinkSync('/proc/thread-self/ns/net')),
      (await output('readlink', '/proc/self/ns/net')).trim(),
    );
    assert.deepEqual([...own(), process.cwd()], home);
  });
});
