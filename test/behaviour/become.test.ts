// `netwright exec` becomes the program: what that is given is what the command line was given, and nothing of Node's.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { libc, pipe } from '../../src/ffi/index.ts';
import { Lab } from '../../src/library/index.ts';
import { quote, run, sh } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { assertUnchanged, snapshotHost, type HostSnapshot } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';
import { signalsIn } from '../support/signals.ts';
import { Terminal } from '../support/terminal.ts';

const built = join(fileURLToPath(new URL('../../..', import.meta.url)), 'dist/cli.cjs');
const main = existsSync(built) ? built : fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

const attemptBash = (script: string): SpawnSyncReturns<string> =>
  spawnSync('bash', ['-c', script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** The descriptors of `ls -l /proc/self/fd`, by what they are; the one that it reads the folder by left out. */
const listed = (listing: string): string[] =>
  listing
    .split('\n')
    .flatMap((line) => / (\d+) -> (.*)$/.exec(line)?.slice(1, 3).join(' ') ?? [])
    .filter((entry) => !/^\d+ \/proc\/\d+\/fd$/.test(entry))
    .toSorted();

suite('the program that the command line becomes', { skip: skipWithoutRoot }, () => {
  let untouched: HostSnapshot;
  let lab: Lab;
  let netwright: string;

  before(async () => {
    await (await Lab.up({ name: labName('warm'), nodes: { a: {} } })).down();
    untouched = snapshotHost();
    lab = await Lab.up({
      name: labName('become'),
      networks: { lan: { subnet: '10.64.0.0/24' } },
      nodes: { web: { networks: ['lan'] }, 'x-1': { networks: ['lan'] } },
    });
    netwright = `${quote(process.execPath)} ${quote(main)} exec ${lab.name}.web --`;
  });
  after(async () => {
    await lab.down();
    await assertUnchanged(untouched);
  });

  /** What a script of bash prints, in which `$RUN` is the words of `netwright exec NODE --`. */
  function bash(script: string): string {
    const [with_, without] = [netwright, ''].map((words) => attemptBash(script.replaceAll('$RUN', words)));
    assert.equal(with_!.status, without!.status, with_!.stderr);
    assert.equal(with_!.stdout, without!.stdout, 'it is not as without Netwright');
    return with_!.stdout;
  }

  test('has the node’s host name, and the lab’s where the switches are', () => {
    for (const [node, name] of [
      ['.web', 'web'],
      ['.x-1', 'x-1'],
      ['', lab.name],
    ] as const)
      assert.equal(run(process.execPath, main, 'exec', `${lab.name}${node}`, 'uname', '-n').trim(), name);
    assert.equal(sh('uname -n').trim(), readFileSync('/proc/sys/kernel/hostname', 'utf8').trim());
    assert.notEqual(sh('uname -n').trim(), 'web');
  });

  test('has the descriptors that were given, and none of Node’s', () => {
    const list = 'ls -l /proc/self/fd';
    // By number: files beside each other, beyond where Node stops looking, and closed ones in between.
    const given = `3</etc/passwd 4</etc/group 7>/dev/null 15</etc/passwd 16</etc/group 40<>/dev/null 41<&-`;
    const [with_, without] = [`${netwright} ${list}`, list].map((command) =>
      listed(attemptBash(`exec ${given}; ${command} 2>&1; true`).stdout),
    );
    assert.deepEqual(
      with_!.filter((entry) => !/^[12] /.test(entry)),
      without!.filter((entry) => !/^[12] /.test(entry)),
    );
    assert.ok(with_!.includes('16 /etc/group') && with_!.includes('3 /etc/passwd'), String(with_));
  });

  test('reads and writes what was given: here documents, process substitutions, pipes', () => {
    assert.equal(bash(`$RUN cat <(echo one) <(echo two) | tr '\\n' ' '`), 'one two ');
    assert.equal(bash(`$RUN sh -c 'cat <&3; echo there >&4' 3<<< here 4>&1`), 'here\nthere\n');
    // A pipe of which one end is handed on twice.
    assert.equal(bash(`echo x | $RUN sh -c 'read x <&5; echo $x' 5<&0`), 'x\n');
  });

  test('is given words, variables and folders as they are, be they text or not', () => {
    const words = `$'a\\xff' '' é $'a\\xfe' $'two\\nlines'`;
    assert.match(bash(`$RUN printf '%s|' ${words} | od -An -tx1`), /61 ff 7c 7c c3 a9 7c 61 fe 7c/);
    assert.match(bash(String.raw`ODD=$'x\xffy' $RUN sh -c 'printf %s "$ODD"' | od -An -tx1`), /78 ff 79/);
    const folder = mkdtempSync(join(tmpdir(), 'netwright-'));
    try {
      const script = String.raw`mkdir -p $'${folder}/\xff' && cd $'${folder}/\xff' && $RUN sh -c 'pwd; rmdir "$PWD"'`;
      assert.match(bash(`(${script}) | od -An -tx1`), /2f ff 0a/);
      assert.equal(bash(`mkdir ${folder}/x && cd ${folder}/x && rmdir ${folder}/x && $RUN echo there`), 'there\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('can be passed sockets as systemd does: LISTEN_PID stays its process id', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
    const args = [main, 'exec', `${lab.name}.web`, 'ls', '-l', '/proc/self/fd/3'];
    const passed = spawnSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe', fd] });
    assert.match(passed.stdout, /-> socket:/, passed.stderr);
    server.close();
    const { stdout } = attemptBash(`echo $$; exec ${netwright} sh -c 'echo $$'`);
    const [before_, inside] = stdout.trim().split('\n');
    assert.equal(before_, inside);
  });

  test('takes part in make’s counting of jobs', () => {
    const makefile = `all: a b\na b:\n\t+@${netwright} make -s -f /dev/null --eval='x: ; @echo done' x\n`;
    const { stdout, stderr } = spawnSync('make', ['-s', '-j2', '-f', '-'], { input: makefile, encoding: 'utf8' });
    // Without the pipe that counts it says "jobserver unavailable", and makes one thing at a time.
    assert.deepEqual([stdout, stderr], ['done\ndone\n', '']);
    // Before make 4.3 both ends of the pipe block, as those of one of Node's own do.
    const ends = pipe();
    const old = spawnSync(process.execPath, [main, 'exec', `${lab.name}.web`, 'ls', '-l', '/proc/self/fd'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe', ...ends],
      env: { ...process.env, MAKEFLAGS: 'w -j2 --jobserver-fds=3,4 -j' },
    });
    assert.deepEqual(
      listed(old.stdout).flatMap((entry) => /^([34]) pipe:/.exec(entry)?.[1] ?? []),
      ['3', '4'],
      old.stdout + old.stderr,
    );
    for (const fd of ends) libc.close(fd);
  });

  test('has the limit of descriptors that its parent has, and its signals as by default', () => {
    assert.equal(bash('ulimit -Sn 345; $RUN sh -c "ulimit -n; ulimit -Hn"; true').split('\n')[0], '345');
    assert.equal(bash('$RUN sh -c "ulimit -n"; true'), bash('ulimit -n'));
    const masks = bash('$RUN grep -E "Sig(Ign|Blk)" /proc/self/status').matchAll(/^Sig\w+:\t([0-9a-f]+)$/gm);
    assert.deepEqual(
      [...masks].map(([, mask]) => signalsIn(mask!)),
      [[], []],
    );
  });

  test('ends as it ends: its status, its signal', () => {
    assert.equal(bash('$RUN sh -c "exit 42"; echo $?'), '42\n');
    for (const signal of ['TERM', 'KILL', 'INT', 'PIPE', 'ABRT'])
      assert.match(bash(`$RUN sh -c 'kill -${signal} $$'; echo $?`), /^1[0-9]{2}\n$/);
    assert.equal(bash(`$RUN yes | head -n 1; echo \${PIPESTATUS[0]}`), 'y\n141\n');
  });

  test('carries large input and output', () => {
    assert.equal(bash('head -c 10000000 /dev/zero | $RUN cat | wc -c'), '10000000\n');
    assert.equal(bash('head -c 1000000 /dev/urandom > /dev/null; seq 200000 | $RUN sort -rn | tail -n 1'), '1\n');
  });

  // --- at a terminal --------------------------------------------------------------------------------------------------

  test('has the terminal: its size, its keys, its foreground', async () => {
    using terminal = new Terminal(
      `stty rows 33 cols 99; ${netwright} sh -c ${quote('tty; stty size; echo ready; exec sleep 60')}`,
    );
    await terminal.until(/\/dev\/pts\/\d+\s+33 99\s+ready/);
    terminal.type('\u0003');
    assert.equal(await terminal.status(), 128 + 2);
  });

  test('is told when the terminal’s size changes', async () => {
    using terminal = new Terminal(
      `${netwright} sh -c ${quote('trap told=yes WINCH; tty; while [ "$told$(stty size)" != "yes12 34" ]; do sleep 0.05; done; stty size; exit 3')}`,
    );
    const tty = (await terminal.until(/\/dev\/pts\/\d+/)).trim();
    sh(`stty -F ${tty} rows 12 cols 34`);
    await terminal.until(/12 34/);
    assert.equal(await terminal.status(), 3);
  });

  test('is a job of the shell: stopped, listed, brought back, ended', async () => {
    using terminal = new Terminal('bash --norc --noprofile -i');
    terminal.type(`PS1='ready> '\n`);
    await terminal.until(/ready> $/);
    // It starts nothing itself: a shell that is just about to cannot be stopped.
    const program = 'trap "echo woken" CONT; echo begun; until read -t 0.1 x; do :; done; echo heard $x; exit 5';
    terminal.type(`${netwright} bash -c ${quote(program)}\n`);
    await terminal.until(/begun\r/);
    terminal.type('\u001A');
    await terminal.until(/Stopped/);
    terminal.type('jobs\n');
    await terminal.until(/Stopped.*exec/);
    terminal.type('fg\n');
    await terminal.until(/woken\r/);
    terminal.type('me\n');
    await terminal.until(/heard me\r/);
    terminal.type('exit $?\n');
    assert.equal(await terminal.status(), 5);
  });

  test('leaves nobody behind that waits for it', async () => {
    const child = spawn(process.execPath, [main, 'exec', `${lab.name}.web`, 'sleep', '60'], { stdio: 'ignore' });
    await eventually(
      () => readFileSync(`/proc/${child.pid}/comm`, 'utf8'),
      (comm) => comm === 'sleep\n',
      'it does not become the program',
    );
    assert.equal(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8'), '');
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'exit'), [null, 'SIGTERM']);
  });
});
