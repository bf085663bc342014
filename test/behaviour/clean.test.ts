// What labs leave behind that were not taken down is found and removed; what is up, and what is somebody else's, is not.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { before, suite, test } from 'node:test';
import { Lock } from '../../src/apply/index.ts';
import { clean, findStale, Lab, type Stale, type TopologyInput } from '../../src/library/index.ts';
import { feed, run, sh } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { assertUnchanged, snapshotHost, type HostSnapshot } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';
import { assertKernelIs } from '../support/witness.ts';

const RUN = '/run/netwright';
const forwarding = (): string => readFileSync('/proc/sys/net/ipv4/ip_forward', 'latin1').trim();
const kinds = (stale: readonly Stale[], lab: string): string[] =>
  stale
    .filter((one) => one.lab === lab)
    .map(({ kind }) => kind)
    .toSorted();

const topology = (name: string, subnet = '10.61.0.0/24'): TopologyInput => ({
  name,
  networks: { lan: { subnet, internet: true } },
  nodes: { a: { networks: ['lan'] }, b: { networks: ['lan'] } },
});

/**
 * A program in a node, which keeps the node's namespace when its name and its mount are gone. It has no mount namespace of its
 * own: one would keep the lab's mount, too, where that of /run/netwright is private, as it is here.
 */
async function sleeper(namespace: string): Promise<ChildProcess> {
  const program = spawn('nsenter', [`--net=/run/netns/${namespace}`, 'sleep', '60'], { stdio: 'ignore' });
  const comm = (): string => readFileSync(`/proc/${program.pid}/comm`, 'latin1');
  await eventually(comm, (text) => text === 'sleep\n', 'it does not begin');
  return program;
}

/** Removes everything there is to remove, and looks at what is there then. */
async function cleanAll(): Promise<readonly Stale[]> {
  const found = findStale();
  const { removed, kept } = await clean();
  assert.deepEqual(kept, []);
  assert.deepEqual(removed.map(({ where }) => where).toSorted(), found.map(({ where }) => where).toSorted());
  assert.deepEqual(findStale(), []);
  return removed;
}

/** What other processes of the machine do meanwhile, outside of the namespace that is the host here. */
const OTHERS = ['processes in namespaces'];

suite('what labs leave behind', { skip: skipWithoutRoot }, () => {
  let untouched: HostSnapshot;

  before(async () => {
    await using lab = await Lab.up(topology(labName('warm')));
    await lab.down();
    await clean();
    untouched = snapshotHost();
  });

  test('is nothing of labs that are up', async () => {
    const lab = await Lab.up(topology(labName('up')));
    assert.deepEqual(findStale(), []);
    assert.deepEqual(await clean(), { removed: [], kept: [], restored: [], elsewhere: [] });
    assertKernelIs(lab.name, lab.result!.compiled.state);
    // Not of half of one either: `up` finishes it.
    sh(`ip netns del ${lab.name}.a`);
    sh(`ip link del nw-${lab.name}`);
    assert.deepEqual(findStale(), []);
    await lab.down();
    await assertUnchanged(untouched, OTHERS);
  });

  test('is nothing of what only looks like ours', async () => {
    const name = labName('like');
    const before = findStale();
    sh(`ip link add nw-${name.slice(0, 6)} type bridge`);
    sh('ip link add nw-other type veth peer name nw-x');
    feed(`table inet netwright-${name} { comment "mine"; }\ntable inet netwright-x { }\n`, 'nft', '-f', '-');
    sh(`ip netns add ${name}`);
    mkdirSync('/etc/netns/other');
    symlinkSync('/run/elsewhere', `/run/netns/${name}.a`);
    symlinkSync(`${RUN}/${name}/ns/x`, '/run/netns/somebodys-own-name');
    try {
      assert.deepEqual(findStale(), before);
      assert.deepEqual((await clean()).removed, []);
    } finally {
      unlinkSync('/run/netns/somebodys-own-name');
      unlinkSync(`/run/netns/${name}.a`);
      rmdirSync('/etc/netns/other');
      sh(`ip netns del ${name}`);
      sh(`nft delete table inet netwright-${name}`);
      sh('nft delete table inet netwright-x');
      sh('ip link del nw-other');
      sh(`ip link del nw-${name.slice(0, 6)}`);
    }
    await assertUnchanged(untouched, OTHERS);
  });

  test('by a reboot: links that lead nowhere', async () => {
    const name = labName('boot');
    symlinkSync(`${RUN}/${name}/etc/0123456789abcdef`, `/etc/netns/${name}.a`);
    symlinkSync(`${RUN}/${name}/etc/0123456789abcdef`, `/etc/netns/${name}.b.new`);
    symlinkSync(`${RUN}/${name}/ns/${name}.a`, `/run/netns/${name}.a`);
    assert.deepEqual(kinds(await cleanAll(), name), ['files', 'files', 'name']);
    await assertUnchanged(untouched, OTHERS);
  });

  test('by killed builders: folders, and locks that nobody holds', async () => {
    const [folder, locked, held] = ['folder', 'locked', 'held'].map(labName) as [string, string, string];
    mkdirSync(`${RUN}/${folder}`);
    writeFileSync(`${RUN}/${locked}.lock`, '1\n');
    writeFileSync(`${RUN}/host..lock`, '1\n');
    {
      using _ = Lock.take(held);
      assert.ok(Lock.isHeld(held));
      mkdirSync(`${RUN}/${held}`);
      const removed = await cleanAll();
      assert.deepEqual(
        [kinds(removed, folder), kinds(removed, locked), kinds(removed, held), kinds(removed, 'host.')],
        [['folder'], ['lock'], [], ['lock']],
      );
      assert.ok(existsSync(`${RUN}/${held}`));
    }
    assert.ok(!Lock.isHeld(held));
    assert.deepEqual(kinds(await cleanAll(), held), ['folder']);
    await assertUnchanged(untouched, OTHERS);
  });

  test('is kept when it is not empty, and the reason told', async () => {
    const name = labName('full');
    mkdirSync(`${RUN}/${name}`);
    writeFileSync(`${RUN}/${name}/notes`, 'mine');
    const { removed, kept } = await clean();
    assert.deepEqual(removed, []);
    assert.deepEqual(
      kept.map(({ stale }) => stale.where),
      [`${RUN}/${name}`],
    );
    assert.match(String(kept[0]!.reason), /ENOTEMPTY/);
    rmSync(`${RUN}/${name}`, { recursive: true });
    await assertUnchanged(untouched, OTHERS);
  });

  for (const [what, name] of [
    ['a lab', labName('gone')],
    ['a lab with a long name', labName('a-name-no-link-has')],
  ] as const) {
    test(`of ${what} whose folder was unmounted: its link, its table, and the settings`, async () => {
      assert.equal(forwarding(), '0');
      const lab = await Lab.up(topology(name));
      const alive = await Lab.up(topology(labName('alive'), '10.62.0.0/24'));
      assert.equal(forwarding(), '1');
      const programs = [await sleeper(lab.name)];
      const holder = spawn('ip', ['netns', 'exec', `${name}.b`, 'sleep', '60'], { stdio: 'ignore' });
      await eventually(
        () => readFileSync(`/proc/${holder.pid}/comm`, 'latin1'),
        (text) => text === 'sleep\n',
        'it does not begin',
      );
      sh(`umount -l ${RUN}/${name}`);
      // As long as a program has it among its mounts, it is in use.
      assert.deepEqual(kinds(findStale(), name), []);
      holder.kill();
      await once(holder, 'exit');
      const found = findStale();
      assert.deepEqual(kinds(found, name), [
        'files',
        'files',
        'files',
        'folder',
        'link',
        'name',
        'name',
        'name',
        'table',
      ]);
      assert.ok(found.every((one) => one.lab === name && one.reason !== ''));
      await cleanAll();
      assertKernelIs(alive.name, alive.result!.compiled.state);
      // The other lab needs it.
      assert.equal(forwarding(), '1');
      await alive.down();
      assert.equal(forwarding(), '0');
      for (const program of programs) program.kill();
      await assertUnchanged(untouched, OTHERS);
    });
  }

  test('are settings that no lab needs any more', async () => {
    const lab = await Lab.up(topology(labName('notes')));
    sh(`nft delete table inet netwright-${lab.name}`);
    assert.deepEqual(findStale(), [], 'the lab is up, and needs them');
    sh(`umount -l ${RUN}/${lab.name}`);
    // Nothing holds its namespaces: the kernel removes them, and the link with them, in its own time.
    await eventually(
      () => existsSync(`/sys/class/net/nw-${lab.name}`),
      (there) => !there,
      'the link stays',
    );
    assert.ok(findStale().some(({ kind }) => kind === 'settings'));
    await cleanAll();
    assert.equal(forwarding(), '0');
    await assertUnchanged(untouched, OTHERS);
  });

  test('of a lab that is half made: all of it, with what runs in it', async () => {
    const lab = await Lab.up(topology(labName('half')));
    const program = await sleeper(`${lab.name}.a`);
    const ended = new Promise((resolve) => program.once('exit', resolve));
    rmSync(`${RUN}/${lab.name}/topology.json`);
    assert.deepEqual(kinds(await cleanAll(), lab.name), [
      'files',
      'files',
      'files',
      'lab',
      'link',
      'name',
      'name',
      'name',
      'table',
    ]);
    await ended;
    await assertUnchanged(untouched, OTHERS);
  });

  test('of a lab whose namespaces were all deleted', async () => {
    const lab = await Lab.up(topology(labName('empty')));
    for (const name of readdirSync('/run/netns')) if (name.startsWith(lab.name)) run('ip', 'netns', 'del', name);
    // The kernel takes a namespace apart in its own time, and its end of the cable to the host with it.
    await eventually(
      () => existsSync(`/sys/class/net/nw-${lab.name}`),
      (there) => !there,
      'the cable stays',
    );
    assert.ok(kinds(await cleanAll(), lab.name).includes('lab'));
    await assertUnchanged(untouched, OTHERS);
  });
});
