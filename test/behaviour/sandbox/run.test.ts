// `netwright run` as its user sees it, and what is left of it when it is killed.
import '../../support/own-host.ts';
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { findStale, Lab, list } from '../../../src/library/index.ts';
import { PYTHON } from '../../support/attempt.ts';
import { runAll } from '../../support/command.ts';
import { eventually } from '../../support/eventually.ts';
import { assertUnchanged, snapshotHost, type HostSnapshot } from '../../support/host.ts';
import { skipWithoutRoot } from '../../support/privilege.ts';
import { Terminal } from '../../support/terminal.ts';

const CLI = join(process.cwd(), 'dist/cli.cjs');

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [CLI, 'run', ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
}

async function end(child: ChildProcess, input = ''): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin!.end(input);
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stdout, stderr };
}

const run = (...args: string[]): Promise<Ended> => end(start(args));

/** Becomes a program for which there are no sockets of NETLINK_NETFILTER. */
const WITHOUT_NFTABLES = `
import ctypes, os, struct, sys
code = [(0x20, 0, 0, 0), (0x15, 0, 5, ${process.arch === 'x64' ? 41 : 198}), (0x20, 0, 0, 16), (0x15, 0, 3, 16),
        (0x20, 0, 0, 32), (0x15, 0, 1, 12), (0x06, 0, 0, 0x50000 + 93), (0x06, 0, 0, 0x7fff0000)]
filter = ctypes.create_string_buffer(b''.join(struct.pack('HBBI', *one) for one in code))
program = ctypes.create_string_buffer(struct.pack('HxxxxxxQ', len(code), ctypes.addressof(filter)))
if ctypes.CDLL(None).prctl(22, 2, program, 0, 0) != 0: sys.exit('no filter')
os.execv(sys.argv[1], sys.argv[1:])
`;

const running = (pattern: string): boolean => runAll([`pgrep -f '^${pattern}'`])[0]!.trim() !== '';

suite('netwright run', { skip: skipWithoutRoot }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'netwright-run-'));
  let host: HostSnapshot;

  before(() => {
    host = snapshotHost();
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    // Looking at what is there has opened what is kept; the sandboxes were other processes'.
    await assertUnchanged(host, ['open descriptors']);
  });

  test('has a /dev of the same modes under every umask, which everybody uses and root alone changes', async () => {
    const inside =
      'find /dev -mindepth 1 ! -type l ! -path "*/pts/*" -printf "%p %m\\n" | sort; ' +
      'setpriv --reuid 65534 --regid 65534 --clear-groups sh -c ' +
      '"echo >/dev/null && echo >/dev/shm/own && ls /dev/pts /dev/fd >/dev/null && ! { echo >/dev/new; } 2>/dev/null"';
    const seen: string[] = [];
    for (const umask of [0o000, 0o077]) {
      const before = process.umask(umask);
      const child = start(['--isolate', 'mnt', 'sh', '-c', inside]);
      process.umask(before);
      const { status, stdout, stderr } = await end(child);
      assert.equal(status, 0, stderr);
      seen.push(stdout);
    }
    assert.equal(seen[1], seen[0]);
    assert.match(seen[0]!, /^\/dev\/pts 755$/m);
    assert.match(seen[0]!, /^\/dev\/shm 1777$/m);
  });

  test('its status, input and output are those of the command', async () => {
    assert.deepEqual(await end(start(['--', 'sh', '-c', 'cat; echo err >&2; exit 7']), 'in'), {
      status: 7,
      stdout: 'in',
      stderr: 'err\n',
    });
    assert.equal((await run('sh', '-c', 'kill -KILL $$')).status, 137);
  });

  test('there is no such command, or no such option', async () => {
    const missing = await run('--', 'netwright-no-such-program');
    assert.equal(missing.status, 127);
    assert.match(missing.stderr, /there is no program "netwright-no-such-program"/);
    assert.equal((await run('/etc/passwd')).status, 126);
    for (const args of [
      ['--allow', 'a..b', 'true'],
      ['--forward-host', '0', 'true'],
      ['--forward-host', '53', 'true'],
      ['--isolate', 'x', 'true'],
      ['--limit', 'x=1', 'true'],
      ['--report', '/nowhere/x', 'true'],
      [],
    ])
      assert.equal((await run(...args)).status, 64, args.join(' '));
  });

  test('its working directory has been removed', async () => {
    const script = `cd $(mktemp -d) && rmdir $PWD && exec "$@"`;
    const words = ['-c', script, 'sh', process.execPath, CLI, 'run', 'echo', 'started'];
    const { status, stdout, stderr } = await end(spawn('sh', words, { stdio: 'pipe' }));
    assert.deepEqual([status, stdout], [64, '']);
    assert.match(stderr, /^netwright: the working directory was removed or cannot be accessed/m);
  });

  test('signals go on to the command', async () => {
    const child = start(['--', 'sh', '-c', 'trap "echo got; exit 3" TERM; echo ready; while :; do sleep 0.05; done']);
    await once(child.stdout!, 'data');
    const ended = end(child);
    child.kill('SIGTERM');
    const { status, stdout } = await ended;
    assert.deepEqual([status, stdout], [3, 'got\n']);
  });

  test('what is typed at the terminal is the command’s to make something of', async () => {
    // Of some shells an interrupted `read` is over, of others not.
    const script = 'trap "echo got" INT; echo ready; read x; read x; echo "heard $x"; exit 5';
    using terminal = new Terminal(`${process.execPath} ${CLI} run -- sh -c '${script}'`);
    await terminal.until(/ready\r/);
    terminal.type('\u0003');
    await terminal.until(/got\r/);
    terminal.type('me\nme\n');
    await terminal.until(/heard me/);
    assert.equal(await terminal.status(), 5);
  });

  test('the caller’s terminal is the command’s, with its name, size, and job control', async () => {
    const python = `import os, sys; print("is", [os.isatty(n) for n in range(3)], os.ttyname(0), open("/dev/tty").isatty())`;
    for (const isolate of ['pid,ipc,uts', 'pid,ipc,uts,mnt,user']) {
      using terminal = new Terminal(
        `stty cols 91 rows 17; ${process.execPath} ${CLI} run --isolate ${isolate} -- bash --norc --noediting -i`,
      );
      terminal.type("PS1='> '; tty; stty size\n");
      await terminal.until(/\/dev\/console\r\n17 91\r/);
      terminal.type(`${PYTHON} -c '${python}'\n`);
      await terminal.until(/is \[True, True, True\] \/dev\/console True/);
      terminal.type('sleep 86.1\n');
      await eventually(() => running('sleep 86.1'), Boolean, 'it runs');
      terminal.type('\u001a');
      await terminal.until(/Stopped +sleep 86\.1\r/);
      terminal.type('fg\n');
      await terminal.until(/sleep 86\.1\r/);
      terminal.type('\u0003');
      await eventually(() => !running('sleep 86.1'), Boolean, 'it ends');
      // Of its own it may have others.
      terminal.type('script -qc "tty; stty size" /dev/null\n');
      await terminal.until(/\/dev\/pts\/0\r\n17 91\r/);
      await terminal.until(/> $/);
      terminal.type('exit 5\n');
      await terminal.until(/[\r\n]exit\r/);
      assert.equal(await terminal.status(), 5);
    }
  });

  test('tells of what is refused, and reports it', async () => {
    const report = join(folder, 'denied.jsonl');
    // Each connection lives until it has been reported: nobody can tell of one that has ended who it was.
    const code = `
import socket, time
for i in range(3):
    s = socket.socket()
    try: s.connect(('192.0.2.9', 4444))
    except OSError:
        while len(open('${report}').readlines()) <= i: time.sleep(0.01)
try: socket.gethostbyname('evil.example')
except OSError: pass`;
    const { stderr } = await run('--report', report, '--', PYTHON, '-c', code);
    assert.match(stderr, /^netwright: denied python3 \(pid \d+\) → tcp 192\.0\.2\.9:4444$/m);
    assert.match(stderr, /^netwright: denied python3 \(pid \d+\) → name evil\.example$/m);
    assert.equal(stderr.trim().split('\n').length, 2, 'each once');
    const lines = readFileSync(report, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const packets = lines.filter(({ kind }) => kind === 'packet');
    assert.equal(packets.length, 3, 'each time');
    assert.deepEqual(
      { ...packets[0], time: 0, pid: 0 },
      { time: 0, pid: 0, kind: 'packet', process: 'python3', protocol: 'tcp', address: '192.0.2.9', port: 4444 },
    );
    assert.equal(lines.find(({ kind }) => kind === 'name')?.['name'], 'evil.example');
    assert.equal((await run('-q', '--', PYTHON, '-c', code)).stderr, '');
  });

  test('goes on refusing when it cannot tell of it, and says so at the end', async () => {
    // A name that is refused, then one that must be answered, several times; and only then an end.
    const code = `
import socket, sys
for i in range(4):
    for host, port in (('192.0.2.9', 4000 + i), ('localhost', 9)):
        s = socket.socket()
        try: s.connect((host, port)); sys.exit('not refused')
        except OSError: pass
        s.close()
    try: socket.gethostbyname('evil%d.example' % i); sys.exit('not refused')
    except OSError: pass
print('done')`;
    const through = (redirect: string, ...words: string[]): Promise<Ended> =>
      end(
        spawn('bash', ['-c', `"$@" ${redirect}`, 'bash', process.execPath, CLI, 'run', ...words, PYTHON, '-c', code], {
          stdio: 'pipe',
        }),
      );
    const full = await through('', '--report', '/dev/full');
    assert.deepEqual([full.status, full.stdout], [0, 'done\n'], full.stderr);
    assert.match(
      full.stderr,
      /warning: the report \/dev\/full is missing \d+ of its lines: no space left on device \(ENOSPC\)\n$/,
    );
    assert.match(full.stderr, /denied .*evil3\.example/);

    const redirects = ['2>/dev/full', '2>&-', '2> >(exec 0<&-; sleep 0.1)', '2> >(head -1 >&2)'];
    const reports = redirects.map((_, i) => join(folder, `whole-${i}.jsonl`));
    const ends = await Promise.all(redirects.map((redirect, i) => through(redirect, '--report', reports[i]!)));
    for (const [i, { status, stdout }] of ends.entries()) {
      assert.deepEqual([status, stdout], [0, 'done\n'], redirects[i]);
      assert.match(readFileSync(reports[i]!, 'utf8'), /evil3\.example/, redirects[i]);
    }
    // Somebody who does not read what is in a pipe keeps nothing waiting.
    const pipe = join(folder, 'pipe');
    const script = `mkfifo ${pipe} && exec 9<>${pipe} && head -c 65000 /dev/zero >&9 && "$@" 2>${pipe}`;
    const words = [process.execPath, CLI, 'run', PYTHON, '-c', code.replace('range(4)', 'range(40)')];
    const stuck = await end(spawn('bash', ['-c', script, 'bash', ...words], { stdio: 'pipe' }));
    assert.deepEqual([stuck.status, stuck.stdout], [0, 'done\n'], stuck.stderr);
    assert.equal((await through('2>&1 | head -1')).status, 0);
    assert.deepEqual(list(), [], 'nothing of them is left');
  });

  test('what an earlier command left is not followed: a link in place of the report, another unshare', async () => {
    const [target, report] = [join(folder, 'target'), join(folder, 'report')];
    writeFileSync(target, 'kept');
    symlinkSync(target, report);
    const linked = await run('--report', report, 'true');
    assert.equal(linked.status, 64);
    assert.match(linked.stderr, /is a symbolic link/);
    assert.equal(readFileSync(target, 'utf8'), 'kept');

    writeFileSync(join(folder, 'unshare'), '#!/bin/sh\nshift 3; exec "$@"\n', { mode: 0o755 });
    const child = spawn(process.execPath, [CLI, 'run', '--isolate', 'user', 'cat', '/proc/self/uid_map'], {
      env: { ...process.env, PATH: `${folder}:${process.env['PATH']}` },
    });
    assert.match((await end(child)).stdout, /^\s*0\s+0\s+1\n$/);
  });

  test('a descriptor that the shell had open does not reach the command', async () => {
    const server = createServer((socket) => socket.on('error', () => {}).end('escaped')).listen(9500, '127.0.0.1');
    await once(server, 'listening');
    const inner = `ls -l /proc/self/fd/200 /proc/self/fd/9; cat <&200`;
    const script = (through: string): string =>
      `exec ${PYTHON} -c "import os, socket, sys; s = socket.create_connection(('127.0.0.1', 9500)); os.dup2(s.fileno(), 200); os.dup2(s.fileno(), 9); os.execvp(sys.argv[1], sys.argv[1:])" ${through} bash -c '${inner}'`;
    const launch = (through: string): Promise<Ended> => end(spawn('sh', ['-c', script(through)], { stdio: 'pipe' }));
    assert.match((await launch('')).stdout, /escaped/, 'without a sandbox it does');
    const { stdout, stderr } = await launch(`${process.execPath} ${CLI} run --`);
    assert.doesNotMatch(stdout, /escaped|socket/);
    assert.match(stderr, /200: Bad file descriptor/);
    server.close();
  });

  test('when it is killed the command ends, and the next run removes what is left', async () => {
    const child = start(['--', 'sh', '-c', 'echo ready; setsid sleep 83.1 & sleep 83.1']);
    await once(child.stdout!, 'data');
    await eventually(() => running('sleep 83.1'), Boolean, 'it runs');
    assert.equal(findStale().length, 0, 'nothing of it is stale while it runs');
    const ended = once(child, 'close');
    child.kill('SIGKILL');
    await ended;
    await eventually(() => !running('sleep 83.1'), Boolean, 'the command ends');
    const [lab] = list();
    assert.match(lab!.lab, /^run-/);
    assert.ok(
      findStale().some(({ kind, lab: of }) => kind === 'lab' && of === lab!.lab),
      'clean knows it',
    );
    assert.equal((await run('true')).status, 0);
    assert.deepEqual(list(), []);
  });

  test('clean removes it, too, whether or not it still runs', async () => {
    const child = start(['--isolate', 'ipc', '--', 'sh', '-c', 'echo ready; exec sleep 85.1']);
    await once(child.stdout!, 'data');
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    assert.equal(running('sleep 85.1'), true);
    const { status, stdout } = spawnSync(process.execPath, [CLI, 'clean', '--yes'], { encoding: 'utf8' });
    assert.equal(status, 0);
    assert.match(stdout, /the `netwright run` that created it has ended/);
    assert.deepEqual([list(), running('sleep 85.1')], [[], false]);
  });

  test('a lab that is only called so is nobody else to remove', async () => {
    await using lab = await Lab.up({ name: 'run-12345678', nodes: { a: {} } });
    utimesSync(`/run/netwright/${lab.name}`, 0, 0);
    assert.equal((await run('true')).status, 0);
    assert.deepEqual(
      list().map((one) => one.lab),
      [lab.name],
    );
  });

  test('down ends it', async () => {
    const child = start(['--', 'sleep', '84.1']);
    await eventually(() => running('sleep 84.1'), Boolean, 'it runs');
    const [lab] = list();
    const ended = end(child);
    const { status } = spawnSync(process.execPath, [CLI, 'down', lab!.lab]);
    assert.equal(status, 0);
    assert.equal((await ended).status, 143);
    assert.deepEqual(list(), []);
  });

  test('without what it takes, the command does not start', async () => {
    for (const [through, message] of [
      [['setpriv', '--bounding-set', '-net_admin'], /needs root/],
      [['setpriv', '--bounding-set', '-sys_admin'], /needs root/],
    ] as const) {
      const [command, ...args] = [...through, process.execPath, CLI, 'run', '--', 'echo', 'started'];
      const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
      assert.deepEqual([status, stdout], [4, '']);
      assert.match(stderr, message);
    }
    // Nor on a kernel that has no nftables, as far as it can see.
    const { status, stdout, stderr } = spawnSync(
      PYTHON,
      ['-c', WITHOUT_NFTABLES, process.execPath, CLI, 'run', '--', 'echo', 'started'],
      { encoding: 'utf8' },
    );
    assert.deepEqual([status, stdout], [4, ''], stderr);
    assert.match(stderr, /needs nftables/);
    // Nor where a limit cannot be set.
    const limited = await run('--limit', 'cpu=0.5', '--', 'echo', 'started');
    assert.deepEqual([limited.status, limited.stdout], [4, '']);
    assert.match(limited.stderr, /cgroup/);
    assert.deepEqual(list(), []);
  });

  test('another user', async () => {
    const { stdout } = await run(
      '--user',
      '65534:65533',
      '--',
      'sh',
      '-c',
      'id -u; id -g; id -G; grep CapEff /proc/self/status',
    );
    assert.equal(stdout, '65534\n65533\n65533\nCapEff:\t0000000000000000\n');
  });
});
