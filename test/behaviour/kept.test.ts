// What a lab keeps on disk: who may read and write it, whatever the umask; and that what has become of one lab's files
// concerns that lab alone.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  down,
  findStale,
  Lab,
  list,
  NameTakenError,
  planLab,
  processes,
  type TopologyInput,
} from '../../src/library/index.ts';
import { writeEvidence } from '../../src/testing/evidence.ts';
import { run, sh } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { assertUnchanged, snapshotHost, type HostSnapshot } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const built = join(root, 'dist/cli.cjs');
const main = existsSync(built) ? built : fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

const RUN = '/run/netwright';
/** Somebody who is not root, and in no group of root's. */
const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

function netwright(umask: string, ...args: readonly string[]): SpawnSyncReturns<string> {
  const script = `umask ${umask}; exec "$0" "$@"`;
  return spawnSync('sh', ['-c', script, process.execPath, main, ...args], { encoding: 'utf8', timeout: 60_000 });
}

function ok(umask: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = netwright(umask, ...args);
  assert.equal(status, 0, `${args.join(' ')}: ${stderr}`);
  return stdout;
}

const topology = (name: string): TopologyInput & { readonly name: string } => ({
  name,
  networks: { lan: { subnet: '10.63.0.0/24', internet: true } },
  nodes: {
    a: {
      networks: ['lan'],
      sysctls: { 'net.ipv4.conf.all.log_martians': '1' },
      run: {
        kept: { command: ['sh', '-c', 'umask; echo up; exec sleep 60'], restart: 'always', ready: { log: '^up' } },
        plain: { command: ['sh', '-c', 'umask; exec sleep 60'] },
        once: { command: ['true'], ready: { exit: true } },
      },
    },
  },
});

const entriesOfEtc = (): string => run('find', '/etc', '-maxdepth', '1', '-printf', '%y %f %l\n');

suite('what a lab keeps on disk', { skip: skipWithoutRoot }, () => {
  let untouched: HostSnapshot;
  let folder: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'nw-kept-'));
    await (await Lab.up(topology(labName('warm')))).down();
    untouched = snapshotHost();
  });

  after(() => rmSync(folder, { recursive: true }));

  function fileOf(value: { readonly name: string }): string {
    const file = join(folder, `${value.name}.json`);
    writeFileSync(file, JSON.stringify(value));
    return file;
  }

  test('has the same modes under every umask: nobody else writes it, and who needs it reads it', async () => {
    const modes: string[] = [];
    // The folders that all labs share are made with a mode, too.
    const shared = ['/run/netwright', '/run/netns', '/etc/netns'];
    const mounted = shared.map((path) => statSync(path).mode & 0o7777);
    for (const umask of ['000', '077']) {
      const lab = topology(`modes-${process.pid}`);
      const file = fileOf(lab);
      ok(umask, 'up', file);
      ok(umask, 'restart', `${lab.name}.a/plain`);
      ok(umask, 'ps', lab.name);
      const list = run('find', `${RUN}/${lab.name}`, '-not', '-type', 'l', '-printf', '%M %P\n');
      // Programs note their process once they have begun.
      modes.push(list.split('\n').toSorted().join('\n'));
      const writable = run(
        ...(NOBODY as [string]),
        'find',
        ...shared,
        '-mindepth',
        '1',
        '!',
        '-type',
        'l',
        '-writable',
      );
      assert.equal(writable, '', `under umask ${umask} anybody may write`);
      assert.equal(
        run(...(NOBODY as [string]), 'find', ...shared, '-mindepth', '1', '-name', '*.lock', '-perm', '/022'),
        '',
      );
      // Names are found by programs that are not root, and programs have the umask that was theirs.
      const script = 'cat /etc/hosts /etc/resolv.conf >/dev/null && getent hosts a';
      assert.match(ok(umask, 'exec', `${lab.name}.a`, ...NOBODY, 'sh', '-c', script), /^10\.63\.0\./);
      for (const service of ['kept', 'plain'])
        assert.match(ok(umask, 'logs', `${lab.name}.a/${service}`), new RegExp(`\\b0${umask}\\b`));
      ok(umask, 'down', lab.name);
    }
    assert.equal(modes[1], modes[0]);
    assert.match(modes[0]!, /^-rw-r----- topology\.json$/m);
    assert.match(modes[0]!, /^-rw-r--r-- services\/a\/kept\/program$/m);
    assert.match(modes[0]!, /^-rw-r--r-- etc\/\d+\/hosts$/m);
    assert.deepEqual(
      shared.map((path) => statSync(path).mode & 0o7777),
      mounted,
    );
    await assertUnchanged(untouched);
  });

  test('and what it writes for its user is never for others to write', async () => {
    await using lab = await Lab.up(topology(labName('evidence')));
    const before = process.umask();
    const seen: Record<string, string> = {};
    for (const umask of [0o000, 0o077]) {
      process.umask(umask);
      try {
        const test = `umask ${umask}`;
        const path = await writeEvidence(lab, { folder, test, failure: undefined, capture: undefined });
        seen[test] = [...new Set(run('find', path, '-printf', '%m ').trim().split(' '))].join(' ');
      } finally {
        process.umask(before);
      }
    }
    assert.deepEqual(seen, { 'umask 0': '755 644', 'umask 63': '700 600' });
  });

  /** What may become of a file that is JSON. */
  const SPOILT: Readonly<Record<string, (path: string) => void>> = {
    'is empty': (path) => writeFileSync(path, ''),
    'was cut off': (path) => truncateSync(path, 20),
    'is no JSON': (path) => writeFileSync(path, 'name: x\n'),
    'is null': (path) => writeFileSync(path, 'null'),
    'is a list': (path) => writeFileSync(path, '[]'),
    'has another shape': (path) => writeFileSync(path, '{"file":5,"a":[1]}'),
    'is a folder': (path) => (unlinkSync(path), mkdirSync(path)),
    'is a pipe': (path) => (unlinkSync(path), sh(`mkfifo ${path}`)),
    'is a link': (path) => (unlinkSync(path), symlinkSync('/etc/passwd', path)),
    'is huge': (path) => truncateSync(path, 65 * 1024 ** 2),
  };

  test('of one lab, when it is spoilt, leaves the others alone, and the lab can be taken down', async () => {
    await using good = await Lab.up({ name: labName('good'), nodes: { a: {} } });
    const other = {
      ...SPOILT,
      'is of another version': (path: string) => writeFileSync(path, '{"value":{"nodes":{"a":{"x":1}}}}'),
    };
    for (const [file, ways] of [
      ['topology.json', other],
      ['settings.json', SPOILT],
    ] as const) {
      for (const [how, spoil] of Object.entries(ways)) {
        const bad = (await Lab.up(topology(labName('bad')))).name;
        spoil(`${RUN}/${bad}/${file}`);
        const found = new Map(list().map((one) => [one.lab, one]));
        assert.equal(found.get(good.name)?.state, 'up', `${file} ${how}`);
        assert.equal(found.get(bad)?.state, 'unreadable', `${file} ${how}`);
        assert.match(found.get(bad)!.problem!, new RegExp(`${file}: .*\`netwright down ${bad}\``));
        assert.deepEqual(findStale(), [], `${file} ${how}`);
        good.show();
        if (file === 'topology.json') await assert.rejects(processes(bad), { code: 'ERR_UNREADABLE' });
        assert.equal((await down(bad)).existed, true);
      }
    }
    assert.deepEqual(
      list().map(({ lab }) => lab),
      [good.name],
    );
  });

  test('is told of by every command without a word of a bug', async () => {
    const good = await Lab.up({ name: labName('well'), nodes: { a: {} } });
    const bad = (await Lab.up(topology(labName('ill')))).name;
    SPOILT['was cut off']!(`${RUN}/${bad}/topology.json`);
    for (const args of [
      ['ls'],
      ['ls', '--json'],
      ['show', good.name],
      ['ps', good.name],
      ['clean'],
      ['__complete', 'show', ''],
    ])
      assert.match(ok('022', ...args), /./, args.join(' '));
    assert.match(ok('022', 'ls'), new RegExp(`${bad} +unreadable: `));
    for (const args of [
      ['ps', bad],
      ['check', bad],
      ['watch', bad],
      ['logs', bad],
    ]) {
      const { status, stderr } = netwright('022', ...args);
      assert.equal(status, 1, args.join(' '));
      assert.match(stderr, /is unreadable: .*`netwright down/);
    }
    ok('022', 'down', '--all');
    assert.deepEqual(list(), []);
    await assertUnchanged(untouched);
  });

  test('of services may be lost, and they are not started twice', async () => {
    const value = topology(labName('lost'));
    const lab = await Lab.up(value);
    const running = (): string[] =>
      lab
        .show()
        .nodes.flatMap(({ processes }) => processes)
        .flatMap(({ command }) => (command.startsWith('sleep') ? [command] : []));
    assert.equal(running().length, 2);
    rmSync(`${RUN}/${lab.name}/services`, { recursive: true });
    await Lab.up(value);
    await eventually(running, (found) => found.length === 2, 'they were started twice');
    assert.deepEqual(planLab({ value }).operations, []);
    // Nor does what is in them matter.
    for (const name of ['spec', 'program', 'ended', 'ready'])
      for (const service of ['kept', 'plain']) {
        const path = `${RUN}/${lab.name}/services/a/${service}/${name}`;
        rmSync(path, { force: true });
        mkdirSync(path);
        writeFileSync(`${path}/x`, '');
      }
    assert.equal(list()[0]?.state, 'partial');
    await Lab.up(value);
    await eventually(running, (found) => found.length === 2, 'they were started twice');
    assert.deepEqual(planLab({ value }).operations, []);
    await lab.down();
    await assertUnchanged(untouched);
  });

  test('is not put where a link or a file is', async () => {
    const value = topology(labName('link'));
    const target = join(folder, 'target');
    mkdirSync(target);
    for (const put of [(path: string) => symlinkSync(target, path), (path: string) => writeFileSync(path, '')]) {
      put(`${RUN}/${value.name}`);
      await assert.rejects(Lab.up(value), NameTakenError);
      assert.equal((await down(value.name)).existed, false);
      unlinkSync(`${RUN}/${value.name}`);
    }
    // The file of a lock is not followed to another either.
    writeFileSync(`${target}/precious`, 'kept');
    symlinkSync(`${target}/precious`, `${RUN}/${value.name}.lock`);
    await assert.rejects(Lab.up(value), { code: 'ERR_LOCK_FILE' });
    assert.equal(statSync(`${target}/precious`).size, 4);
    unlinkSync(`${RUN}/${value.name}.lock`);
    await assertUnchanged(untouched);
  });

  test('stands in for files of /etc that the host has not: nodes know names all the same', async () => {
    // An /etc of this test's own.
    const own = join(folder, 'etc');
    sh(`cp -a /etc ${own}`);
    sh(`mount --bind ${own} /etc`);
    sh('mount -t tmpfs none /etc/netns');
    try {
      const spoil: Readonly<Record<string, (path: string) => void>> = {
        'is not there': () => {},
        'leads nowhere': (path) => symlinkSync('../run/nowhere/file', path),
        'leads to itself': (path) => symlinkSync(path, path),
        'is a folder': (path) => mkdirSync(path),
      };
      for (const [how, put] of Object.entries(spoil)) {
        for (const file of ['hosts', 'resolv.conf']) {
          rmSync(`/etc/${file}`, { recursive: true, force: true });
          put(`/etc/${file}`);
        }
        const before = entriesOfEtc();
        await using lab = await Lab.up(topology(labName('names')));
        const a = lab.node('a');
        const { stdout } = await a.exec('sh', [
          '-c',
          'getent hosts a; wc -l </etc/resolv.conf; ls -d /etc/ssl; id -un 0',
        ]);
        assert.match(stdout, /^10\.63\.0\.\d+ +a .*\n[1-9]\d*\n\/etc\/ssl\nroot\n$/, how);
        assert.match((await a.resolve('a'))[0]!, /^10\.63\./, how);
        // What would be lost is refused.
        assert.match((await a.exec('touch', ['/etc/new'])).stderr, /Read-only file system/);
        if (how !== 'is a folder')
          assert.match(ok('022', 'run', '--', 'getent', 'hosts', 'localhost'), /localhost/, how);
        assert.equal(entriesOfEtc(), before);
      }
    } finally {
      sh('umount -l /etc');
    }
    await assertUnchanged(untouched);
  });

  test('where it cannot be written is an error that says how it could, and nothing is left', async () => {
    const value = topology(labName('ro'));
    for (const [path, remedy] of [
      ['/proc/sys', /--privileged/],
      ['/run/netns', /remount,rw \/run/],
      ['/run/netwright', /remount,rw \/run/],
      ['/etc/netns', /remount,rw \/etc/],
    ] as const) {
      sh(`mount --bind ${path} ${path}`);
      sh(`mount -o remount,bind,ro ${path}`);
      try {
        const { status, stderr } = netwright('022', 'up', fileOf(value));
        assert.equal(status, 4, stderr);
        assert.match(stderr, new RegExp(`${path}.* cannot be written: its file system is read-only; `));
        assert.match(stderr, remedy);
        assert.match(stderr, /`netwright doctor`/);
      } finally {
        sh(`umount -l ${path}`);
      }
      await down(value.name);
    }
    await assertUnchanged(untouched);
  });
});
