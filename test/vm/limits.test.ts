// Limits on a kernel whose control groups have controllers: what the kernel does with them, and what is left afterwards.
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { afterEach, before, suite, test } from 'node:test';
import { elapse, eventually } from '../support/eventually.ts';

const ROOT = '/sys/fs/cgroup';
const PARENT = `${ROOT}/netwright`;

/** `options` are words, with blanks between them. */
const start = (options: string, ...command: string[]): ChildProcess =>
  spawn(process.execPath, ['dist/cli.cjs', 'run', ...options.split(' '), '--', ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });

async function end(child: ChildProcess): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const texts = { stdout: '', stderr: '' };
  child.stdout!.on('data', (text: Buffer) => (texts.stdout += text.toString()));
  child.stderr!.on('data', (text: Buffer) => (texts.stderr += text.toString()));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, ...texts };
}

const run = (options: string, ...command: string[]) => end(start(options, ...command));

/** The group of the only sandbox there is, once a process is in it. */
async function onlyGroup(): Promise<string> {
  const look = (): string | undefined => {
    const [name] = existsSync(PARENT) ? readdirSync(PARENT).filter((one) => one.startsWith('run-')) : [];
    return name !== undefined && readFileSync(`${PARENT}/${name}/cgroup.procs`, 'utf8') !== '' ? name : undefined;
  };
  const name = await eventually(look, (found) => found !== undefined, 'no sandbox has a control group', 50);
  return `${PARENT}/${name}`;
}

const read = (path: string): string => readFileSync(path, 'utf8').trim();
const usage = (group: string): number => Number(/usage_usec (\d+)/.exec(read(`${group}/cpu.stat`))![1]);

suite('limits', () => {
  before(() => assert.match(read(`${ROOT}/cgroup.controllers`), /cpu .*memory .*pids/));
  afterEach(() => assert.equal(existsSync(PARENT), false, 'the control groups are gone'));

  test('each is what the kernel was told, and holds for what the command starts', async () => {
    const child = start(
      '--limit cpu=0.5 --limit memory=64mb --limit pids=30',
      'bash',
      '-c',
      'cat /proc/self/cgroup; (setsid sleep 1000 &); while :; do :; done',
    );
    const ended = end(child);
    const group = await onlyGroup();
    for (const [file, value] of [
      ['cpu.max', '50000 100000'],
      ['memory.max', String(64 * 1024 ** 2)],
      ['pids.max', '30'],
    ])
      assert.equal(read(`${group}/${file}`), value);

    // Whoever manages the root's groups cannot take a controller away meanwhile.
    assert.throws(() => writeFileSync(`${ROOT}/cgroup.subtree_control`, '-cpu'), { code: 'EBUSY' });

    const from = { usage: usage(group), time: performance.now() };
    await elapse(4000);
    const share = (usage(group) - from.usage) / 1000 / (performance.now() - from.time);
    assert.ok(share > 0.05 && share < 0.75, `a loop got ${share} of a processor`);
    child.kill('SIGTERM');
    const { stdout } = await ended;
    assert.equal(stdout.trim(), `0::/netwright/${group.split('/').at(-1)}`);
  });

  test('memory beyond its limit is not to be had', async () => {
    // It has all of the block in memory.
    const hoard = ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=200M', 'count=1'];
    const limited = await run('--limit memory=100mb', ...hoard);
    assert.equal(limited.status, 137, limited.stderr);
    const free = await run('--limit memory=600mb', ...hoard);
    assert.equal(free.status, 0, free.stderr);
    assert.match(free.stderr, /^1\+0 records out$/m);
  });

  test('processes beyond their limit are not to be had', async () => {
    // Not bash, which tries again for a while.
    const many = ['busybox', 'sh', '-c', 'for i in $(seq 30); do sleep 9 & done'];
    const limited = await run('--limit pids=25', ...many);
    assert.equal(limited.status, 2, limited.stderr);
    assert.match(limited.stderr, /can't fork: Resource temporarily unavailable/);
    assert.equal((await run('--limit pids=200', ...many)).status, 0);
  });

  test('a sandbox whose process was killed: the next one removes its group, and so does clean', async () => {
    for (const args of [
      ['run', '--', 'true'],
      ['clean', '--yes'],
    ]) {
      const child = start('--isolate ipc --limit pids=50', 'bash', '-c', 'sleep 1000 & wait');
      const group = await onlyGroup();
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      assert.equal(existsSync(group), true);
      const pids = read(`${group}/cgroup.procs`).split('\n').filter(Boolean);
      const { status, stdout, stderr } = spawnSync(process.execPath, ['dist/cli.cjs', ...args], { encoding: 'utf8' });
      assert.equal(status, 0, stdout + stderr);
      assert.equal(existsSync(group), false, `${args.join(' ')}: ${stdout}${stderr}`);
      for (const pid of pids) assert.equal(existsSync(`/proc/${pid}/exe`), false);
    }
  });

  test('a hierarchy that is not the whole one, as in a container: what is in the way is said', () => {
    // Its root may have processes or pass memory on, not both; it does not get pids itself.
    mkdirSync(`${ROOT}/container`);
    writeFileSync(`${ROOT}/cgroup.subtree_control`, '+memory');
    writeFileSync(`${ROOT}/cgroup.subtree_control`, '-pids');
    const script = (
      first: string,
    ): string => `set -e; echo $$ >${ROOT}/container/cgroup.procs; exec unshare --cgroup --mount \
      sh -ec 'umount ${ROOT}; mount -t cgroup2 cgroup2 ${ROOT}; ${first} exec node dist/cli.cjs run --limit memory=100mb -- echo started'`;
    const within = (first: string) => spawnSync('sh', ['-c', script(first)], { encoding: 'utf8' });
    const refused = within('');
    assert.deepEqual([refused.status, refused.stdout], [4, '']);
    assert.match(refused.stderr, /does not delegate \(EBUSY\); it contains processes: move them to a child group/);
    const lacking = spawnSync('sh', ['-c', script('').replace('memory=100mb', 'pids=50')], { encoding: 'utf8' });
    assert.match(lacking.stderr, /"pids", which \S+ does not have/);
    const moved = within(`mkdir ${ROOT}/init; echo $$ >${ROOT}/init/cgroup.procs;`);
    assert.deepEqual([moved.status, moved.stdout], [0, 'started\n'], moved.stderr);
    rmdirSync(`${ROOT}/container/init`);
    rmdirSync(`${ROOT}/container`);
  });

  test('of a user who is not root: below the highest group that is the user’s', () => {
    const own = `${ROOT}/user`;
    writeFileSync(`${ROOT}/cgroup.subtree_control`, '+memory +pids');
    mkdirSync(`${own}/session`, { recursive: true });
    for (const file of ['', '/cgroup.procs', '/cgroup.subtree_control']) chownSync(`${own}${file}`, 1000, 1000);
    const script = `echo $$ >${own}/session/cgroup.procs; exec setpriv --reuid=1000 --regid=1000 --clear-groups "$0" \
      dist/cli.cjs run --limit pids=50 -- cat /proc/self/cgroup`;
    const { status, stdout, stderr } = spawnSync('sh', ['-c', script, process.execPath], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^0::\/user\/netwright\/run-\w+\n$/);
    assert.equal(existsSync(`${own}/netwright`), false);
  });

  test('with every namespace of its own', async () => {
    const { status, stdout, stderr } = await run(
      '--isolate net,pid,ipc,uts,mnt,user --limit pids=50',
      'bash',
      '-c',
      'id -u; hostname; cat /proc/self/uid_map; touch /etc/x 2>/dev/null || echo read-only; exec ls /sys/fs/cgroup',
    );
    assert.equal(status, 0, stderr);
    assert.deepEqual(stdout.trim().split(/\s+/), ['0', 'box', '0', '0', '1', 'read-only']);
  });
});
