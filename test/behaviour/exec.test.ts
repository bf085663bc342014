// Programs in a node: what they see, what becomes of them, and that this process is where it was afterwards.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { spawnSync, type ChildProcess } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { relative as relativePath } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { Worker } from 'node:worker_threads';
import { AF_INET, libc, O_CLOEXEC, O_RDONLY, pipe, SOCK_CLOEXEC, SOCK_STREAM } from '../../src/ffi/index.ts';
import { Lab, NotFoundError, SyscallError, UsageError, type Node } from '../../src/library/index.ts';
import { NETLINK_ROUTE, NetlinkSocket } from '../../src/netlink/index.ts';
import { getLinks } from '../../src/rtnetlink/index.ts';
import { sh } from '../support/command.ts';
import { elapse, eventually } from '../support/eventually.ts';
import { assertUnchanged, descriptors, snapshotHost, type HostSnapshot } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';
import { signalsIn } from '../support/signals.ts';

const own = (): string[] =>
  ['net', 'mnt', 'uts', 'pid', 'user'].map((kind) => readlinkSync(`/proc/thread-self/ns/${kind}`));

/** What a program prints. */
async function printed({ stdout }: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of stdout!) text += String(chunk);
  return text;
}

/** This process's children, those that have ended and were not waited for among them. */
const children = (): string[] =>
  readFileSync(`/proc/self/task/${process.pid}/children`, 'latin1').trim().split(' ').filter(Boolean);

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
  let b: Node;

  before(async () => {
    const warm = await Lab.up({ ...topology, name: labName('warm') });
    await warm.node('a').exec('true');
    await warm.down();
    untouched = snapshotHost();
    home = [...own(), process.cwd()];
    lab = await Lab.up(topology);
    a = lab.node('a');
    b = lab.node('b');
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
    assert.match(await output('ping', '-c1', '-W5', 'b'), / 0% packet loss/);
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
    for (const timeout of [Infinity, 2 ** 31, 1e15, 0])
      assert.deepEqual((await a.exec('sleep', ['0.02'], { timeout })).signal, null, String(timeout));
    for (const timeout of [NaN, -1, '5' as unknown as number])
      await assert.rejects(a.exec('true', [], { timeout }), UsageError);
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
    assert.deepEqual(signalsIn(/\t(\w+)/.exec(stdout)![1]!), [], 'signals are ignored');
  });

  test('inherit none of this process’s descriptors', async () => {
    // What this process was itself given, Node passes on.
    const usual = numbers(sh('ls /proc/self/fd'));
    using netlink = a.within(() => NetlinkSocket.open(NETLINK_ROUTE));
    const opened = [
      libc.eventfd(),
      libc.epollCreate(),
      libc.open('/etc/hosts', O_RDONLY | O_CLOEXEC),
      a.within(() => libc.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      ...pipe(),
    ];
    const file = openSync('/etc/hosts', 'r');
    const running = [b.exec('sleep', ['1']), b.exec('cat', [], { input: 'x'.repeat(1_000_000) })];
    const list = ['-l', '/proc/self/fd'];
    assert.deepEqual(numbers(await output('ls', '/proc/self/fd')), usual, await output('ls', ...list));
    const child = a.spawn('ls', ['/proc/self/fd'], { stdio: ['ignore', 'pipe', 'pipe'] });
    assert.deepEqual(numbers(await printed(child)), usual);
    await Promise.all(running);
    closeSync(file);
    for (const fd of opened) libc.close(fd);
    assert.ok(getLinks(netlink).length > 0);
  });

  test('have the node’s host name, and this process keeps its own', async () => {
    const own = sh('uname -n');
    assert.equal(await output('uname', '-n'), 'a\n');
    const child = b.spawn('uname', ['-n'], { stdio: ['ignore', 'pipe', 'inherit'] });
    assert.equal(await printed(child), 'b\n');
    // It is one for all programs of this process in the node, and nobody else's.
    await output('hostname', 'other');
    assert.equal(await output('uname', '-n'), 'other\n');
    assert.equal(sh('uname -n'), own);
    await output('hostname', 'a');
  });

  test('are looked for, and see their folder, as child_process would have it', async () => {
    const folder = realpathSync(mkdtempSync(`${tmpdir()}/netwright-`));
    const make = (name: string, text: string, mode = 0o755): void => writeFileSync(`${folder}/${name}`, text, { mode });
    make('greet', '#!/bin/sh\necho "$0 $*"');
    make('bare', 'echo bare $1');
    make('closed', '#!/bin/sh', 0o644);
    const here = { cwd: folder, env: { PATH: `/nowhere:${folder}:${process.env['PATH']}` } };
    assert.equal((await a.exec('greet', ['a', 'b c'], here)).stdout, `${folder}/greet a b c\n`);
    assert.equal((await a.exec('./greet', ['é€'], here)).stdout, './greet é€\n');
    assert.equal(
      (await a.exec('bare', ['x'], here)).stdout,
      'bare x\n',
      'a script without a first line that says of what',
    );
    await assert.rejects(a.exec('closed', [], here), { code: 'EACCES' });
    await assert.rejects(a.exec('greet', [], { env: { PATH: '/nowhere' } }), { code: 'ENOENT', message: /greet/ });
    await assert.rejects(a.exec('/etc'), { code: 'EACCES' });
    await assert.rejects(a.exec('true', [], { cwd: `${folder}/none` }), { code: 'ENOENT', message: /none/ });
    await assert.rejects(a.exec('echo', ['a\0b']), UsageError);
    const relative = relativePath(process.cwd(), folder);
    assert.equal((await a.exec('pwd', [], { cwd: relative })).stdout, `${folder}\n`);
    const child = a.spawn('pwd', [], { cwd: relative, stdio: ['ignore', 'pipe', 'inherit'] });
    assert.equal(await printed(child), `${folder}\n`);
    rmSync(folder, { recursive: true });
  });

  test('take and give large amounts at once, as text or as bytes', async () => {
    const input = Buffer.alloc(10_000_000, 0xfe);
    const { stdout } = await a.exec('cat', [], { input, encoding: 'buffer' });
    assert.ok(stdout.equals(input));
    const both = await a.exec('sh', ['-c', 'tee /dev/stderr'], { input: 'é'.repeat(5_000_000) });
    assert.equal(both.stdout, 'é'.repeat(5_000_000));
    assert.equal(both.stderr, both.stdout);
    assert.equal((await a.exec('printf', [String.raw`\351`], { encoding: 'latin1' })).stdout, 'é');
  });

  test('are ended when their time is over, whatever they do about it', async () => {
    // Long enough to begin with what is theirs, on a machine that has much else to do.
    const timeout = 1500;
    const [stubborn, polite, parent] = await Promise.all(
      [
        'trap "" TERM; echo x; while :; do sleep 0.1; done',
        'trap "echo bye; exit 9" TERM; while :; do sleep 0.01; done',
        // Another process holds the output open.
        'sleep 60 & echo $!; exit 4',
      ].map((script) => a.exec('sh', ['-c', script], { timeout })),
    );
    assert.deepEqual(stubborn, { stdout: 'x\n', stderr: '', status: null, signal: 'SIGKILL' });
    assert.deepEqual(polite, { stdout: 'bye\n', stderr: '', status: 9, signal: null });
    assert.equal(parent!.status, 4);
    process.kill(Number(parent!.stdout), 'SIGKILL');
    assert.equal((await a.exec('sh', ['-c', 'exec >&- 2>&-; sleep 60'], { timeout: 100 })).signal, 'SIGTERM');
    assert.equal(
      (await a.exec('sh', ['-c', 'exec >&- 2>&-; sleep 0.1; exit 3'])).status,
      3,
      'it goes on without output',
    );
  });

  test('are ended by an AbortSignal', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    const running = a.exec('sh', ['-c', 'echo $$ >&2; exec sleep 60'], { signal: abort.signal });
    const before = children();
    assert.equal(before.length, 1);
    abort.abort(reason);
    const expected = { name: 'AbortError', code: 'ABORT_ERR', cause: reason };
    await assert.rejects(running, expected);
    assert.deepEqual(children(), [], 'it has ended by then, and is no zombie');
    await assert.rejects(a.exec('true', [], { signal: abort.signal }), expected);
    const unused = new AbortController();
    assert.equal((await a.exec('true', [], { signal: unused.signal })).status, 0);
    unused.abort();
  });

  test('run two hundred at a time', async () => {
    const openBefore = descriptors();
    const results = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        // Every other one goes on after its output has ended.
        (i % 2 === 0 ? a : b).exec('sh', [
          '-c',
          `echo ${i}; ${i % 2 === 0 ? 'exec >&- 2>&-;' : ''} sleep 0.2; exit ${i}`,
        ]),
      ),
    );
    assert.deepEqual(
      results.map(({ stdout, status }) => [stdout, status]),
      results.map((_, i) => [`${i}\n`, i]),
    );
    assert.deepEqual(children(), []);
    assert.deepEqual(descriptors(), openBefore);
  });

  test('start whatever threads this process has started meanwhile', async () => {
    await output('true');
    // It shares this thread's working directory, as those of libuv's pool do, which begin when they are first needed.
    const worker = new Worker('setInterval(() => {}, 1000)', { eval: true });
    await once(worker, 'online');
    assert.equal((await output('pwd')).trim(), process.cwd());
    await worker.terminate();
  });

  test('do not keep the process from exiting', () => {
    const program = `
      import { Lab } from '${new URL('../../src/library/index.js', import.meta.url).href}';
      void Lab.find('${lab.name}').node('a').exec('sh', ['-c', 'exec >&- 2>&-; exec sleep 1234']);
      setTimeout(() => process.exit(6), 100);`;
    const { status, signal } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { timeout: 20_000 });
    assert.deepEqual([status, signal], [6, null]);
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
    await eventually(descriptors, (open) => isDeepStrictEqual(open, openBefore), 'descriptors are left open');
  });

  test('leave this process where it was, whatever else goes on at that moment', async () => {
    const wanderers = Array.from({ length: 20 }, async (_, i) => {
      const { stdout } = await lab.node(i % 2 === 0 ? 'a' : 'b').exec('readlink', ['/proc/self/ns/net']);
      return stdout.trim();
    });
    const observed = new Set<string>();
    for (let i = 0; i < 20; i++) {
      observed.add(readlinkSync('/proc/thread-self/ns/net'));
      await elapse(1);
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
