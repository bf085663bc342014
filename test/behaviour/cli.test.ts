import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Lock } from '../../src/apply/index.ts';
import { COMMANDS } from '../../src/cli/command/commands.ts';
import { eventually } from '../support/eventually.ts';

/*
 * The command line as a user calls it: the built one when there is one, which takes its short ways, and
 * its compiled sources otherwise.
 */

const root = fileURLToPath(new URL('../../..', import.meta.url));
const built = join(root, 'dist/cli.cjs');
const main = existsSync(built) ? built : fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

const skip = process.getuid?.() === 0 ? false : 'making network namespaces takes root';
const lab = `nwcli${process.pid}`;
const other = `${lab}-b`;
let folder: string;
let file: string;

const { FORCE_COLOR: _, NETWRIGHT_DEBUG: __, ...environment } = process.env;

function netwright(
  args: readonly string[],
  options: { input?: string; cwd?: string; uid?: number; env?: NodeJS.ProcessEnv } = {},
): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    timeout: 60_000,
    env: environment,
    ...options,
  });
}

/** Runs what must succeed, and returns what it printed. */
function ok(...args: readonly string[]): string {
  const { status, stdout, stderr } = netwright(args);
  assert.equal(status, 0, `netwright ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** Runs it with its output somewhere else. */
const full = (redirection: string, ...args: readonly string[]): SpawnSyncReturns<string> =>
  spawnSync('sh', ['-c', `exec "$0" "$@" ${redirection}`, process.execPath, main, ...args], {
    encoding: 'utf8',
    timeout: 30_000,
    env: environment,
  });

/** Runs a shell command of another program's. */
function run(command: string): void {
  const { status, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
  assert.equal(status, 0, `${command}: ${stderr}`);
}

const json = (...args: readonly string[]): unknown => JSON.parse(ok(...args, '--json'));

/** Runs what must fail, and returns what it said. */
function fails(status: number, ...args: readonly string[]): string {
  const result = netwright(args);
  assert.equal(result.status, status, `netwright ${args.join(' ')}: ${result.stdout}${result.stderr}`);
  assert.doesNotMatch(result.stderr, /\n {4}at |is a bug/, 'no stack trace');
  return result.stderr;
}

const topology = (name: string, expectation: string): string => `
name: ${name}
networks: { lan: { subnet: 10.77.0.0/24 } }
nodes: { a: { networks: [lan] }, b: { networks: [lan] }, alone: {} }
expect:
  - { from: a, to: b, icmp: true }
  - ${expectation}
`;

/** What `ls` prints with these variables set. */
const coloured = (more: NodeJS.ProcessEnv): string =>
  spawnSync(process.execPath, [main, 'ls'], { encoding: 'utf8', env: { ...environment, ...more } }).stdout;

/** Which signals a process ignores, from its /proc/PID/status. */
const ignored = (status: string): string | undefined => /^SigIgn:\s*(\w+)/m.exec(status)?.[1];

/** What is left of the labs of this run. */
const leftovers = (): string[] =>
  ['/run/netns', '/run/netwright', '/etc/netns'].flatMap((path) =>
    existsSync(path) ? readdirSync(path).filter((name) => name.startsWith(lab)) : [],
  );

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'netwright-cli-'));
  file = join(folder, 'lab.yaml');
  writeFileSync(file, topology(lab, '{ from: alone, to: 10.77.0.1, icmp: true, reachable: false }'));
});

after(() => rmSync(folder, { recursive: true }));

suite('what has been compiled', { skip: existsSync(built) ? false : 'the command line is not built' }, () => {
  let copy: string;
  const keptFiles = (): string[] => readdirSync(copy).filter((name) => name.endsWith('.cache'));
  const call = (env: NodeJS.ProcessEnv = {}): string => {
    const program = [join(copy, 'cli.cjs'), 'completion', 'bash'];
    const { status, stdout, stderr } = spawnSync(process.execPath, program, {
      encoding: 'utf8',
      env: { ...environment, ...env },
    });
    assert.deepEqual([status, stderr], [0, '']);
    return stdout;
  };

  before(() => {
    copy = join(folder, 'node_modules/netwright/dist');
    mkdirSync(copy, { recursive: true });
    for (const name of ['cli.cjs', 'program.cjs', 'fast-path.cjs'])
      writeFileSync(join(copy, name), readFileSync(join(root, 'dist', name)));
  });

  test('is kept beside the program, and taken from there', () => {
    const first = call();
    const [name] = keptFiles();
    assert.match(name ?? '', /^completion-[0-9a-f]{16}-v[\d.]+-\w+\.cache$/);
    assert.equal(statSync(join(copy, name!)).mode & 0o777, 0o644);
    const before = statSync(join(copy, name!));
    assert.equal(call(), first);
    assert.equal(statSync(join(copy, name!)).ino, before.ino, 'it is not written again');
    assert.deepEqual(keptFiles(), [name]);
  });

  test('is made anew where V8 does not take what there is, and for no other options of V8', () => {
    const path = join(copy, keptFiles()[0]!);
    const right = readFileSync(path);
    for (const wrong of ['', 'no code', right.subarray(0, 40), Buffer.alloc(right.length)]) {
      writeFileSync(path, wrong);
      assert.match(call(), /complete/);
      assert.ok(readFileSync(path).length > right.length / 2);
    }
    rmSync(path);
    for (const env of [{ NODE_OPTIONS: '--max-old-space-size=512' }, { NODE_DISABLE_COMPILE_CACHE: '1' }]) call(env);
    assert.deepEqual(keptFiles(), []);
  });

  test('is not missed where nothing can be written', { skip }, () => {
    run(`mount --bind ${copy} ${copy} && mount -o remount,bind,ro ${copy}`);
    try {
      assert.match(call(), /complete/);
      assert.deepEqual(keptFiles(), []);
    } finally {
      run(`umount ${copy}`);
    }
  });
});

suite('without a lab', () => {
  test('--version prints the version alone', () => {
    assert.match(ok('--version'), /^(\d+\.\d+\.\d+\S*|unreleased)\n$/);
  });

  test('help names every command, and each has a purpose, examples and exit codes', () => {
    const overview = ok('--help');
    for (const name of Object.keys(COMMANDS)) {
      assert.match(overview, new RegExp(`^  ${name} `, 'm'));
      const help = ok(name, '--help');
      assert.equal(ok('help', name), help);
      for (const part of [/^Usage: netwright /, /^Examples:$/m, /^Exit codes:$/m]) assert.match(help, part);
    }
  });

  test('help lists the commands by group, one line each on a terminal of 60 columns', () => {
    const [, list] = ok('--help').split(/^ {2}-h, --help .*\n\n/m);
    const blocks = list!.split('\n\nExamples:\n')[0]!.split('\n\n');
    const groups = blocks.map((block) => {
      const [title, ...lines] = block.split('\n');
      for (const line of lines) assert.ok(line.length <= 60, line);
      return [title, lines.map((line) => line.trim().replace(/ {2,}/, '\t'))];
    });
    const wanted = new Map<string, string[]>();
    for (const [name, { group, summary }] of Object.entries(COMMANDS)) {
      wanted.set(`${group}:`, [...(wanted.get(`${group}:`) ?? []), `${name}\t${summary}`]);
    }
    assert.deepEqual(groups, [...wanted]);
    // The table has them in the order in which they are shown.
    assert.deepEqual(
      Object.keys(COMMANDS),
      blocks.flatMap((block) => block.match(/(?<=^ {2})\w+/gm)),
    );
  });

  test('completion and the table of JSON documents have the commands of the help', async () => {
    const candidates = ok('__complete', '').split('\n').slice(0, -1);
    const wanted = Object.entries(COMMANDS).map(([name, { summary }]) => `${name}\t${summary}`);
    assert.deepEqual(candidates, [...wanted, 'help\tprint the help of a command']);

    const [, table] = readFileSync('docs/command-line.md', 'utf8').split('| command | document |');
    const rows = table!
      .split('\n\n')[0]!
      .split('\n')
      .map((line) => line.split('|')[1] ?? '');
    const documented = rows.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name!));
    const printing = Object.keys(COMMANDS).filter((name) => / --json /.test(ok(name, '--help')));
    assert.deepEqual(documented.toSorted(), printing.toSorted());
  });

  test('commands that are not understood end with 64 and say what may be meant', () => {
    assert.match(fails(64, 'lss'), /unknown command "lss" \(did you mean "ls"\?\)/);
    assert.match(fails(64, 'ls', '--jsn'), /unknown option '--jsn' \(did you mean --json\?\)/);
    assert.match(fails(64, 'up'), /missing required argument 'file'/);
    assert.match(fails(64, 'exec', 'somewhere'), /missing required argument 'program'/);
    assert.match(fails(64, 'exec', 'somewhere', '--'), /missing required argument 'program'/);
    assert.match(fails(64, 'exec', 'somewhere', '--frob', 'true'), /unknown option "--frob"/);
    assert.match(fails(64, 'exec', 'somewhere', '--frob', '--', 'true'), /unknown option "--frob"/);
    assert.match(fails(64, 'check', '--timeout', 'soon'), /number of seconds/);
    assert.match(fails(64, '--frob'), /unknown option "--frob"/);
    assert.match(fails(64, 'down'), /--all/);
  });

  test('a wrong topology file ends with 3, with every mistake in its place', () => {
    const wrong = join(folder, 'wrong.yaml');
    writeFileSync(wrong, 'name: wrong\nnetwroks: {}\nnodes:\n  a: { networks: [lna] }\n');
    const said = fails(3, 'up', wrong);
    assert.ok(said.includes(`${wrong}:2:1: unknown key "netwroks" (did you mean "networks"?)`), said);
    assert.match(said, /2 │ netwroks: \{\}\n +│ \^/);
    const { stderr } = netwright(['plan', '-'], { input: 'name: wrong\nnodes: { a: { networks: [lna] } }\n' });
    assert.match(stderr, /^netwright: standard input:2:26: there is no network "lna"\n/);
    assert.match(fails(3, 'up', join(folder, 'none.yaml')), /there is no file/);
  });

  test('with --json errors are JSON on standard output, and a line for people on standard error', () => {
    const { status, stdout, stderr } = netwright(['up', join(folder, 'wrong.yaml'), '--json']);
    assert.equal(status, 3);
    assert.match(stderr, /^netwright: .*wrong\.yaml:2:1: unknown key/);
    const { error } = JSON.parse(stdout) as { error: { code: string; issues: { line: number }[] } };
    assert.equal(error.code, 'ERR_TOPOLOGY');
    assert.equal(error.issues[0]?.line, 2);
    const codeOf = (...args: readonly string[]): unknown =>
      (JSON.parse(netwright(args).stdout) as { error: { code: unknown } }).error.code;
    assert.equal(codeOf('ls', '--json', '--nope'), 'ERR_USAGE');
    assert.equal(codeOf('show', `${lab}-none`, '--json'), 'ERR_NOT_FOUND');
    assert.equal(codeOf('logs', `${lab}-none`, '--json'), 'ERR_NOT_FOUND');
    assert.equal(netwright(['exec', `${lab}-none.web`, 'ls', '--json']).stdout, '', "the option is the program's");
  });

  test('labs and nodes that do not exist end with 1', () => {
    assert.match(fails(1, 'show', `${lab}-none`), /there is no lab/);
    assert.match(fails(1, 'exec', `${lab}-none.web`, 'true'), /there is no node/);
    assert.match(fails(1, 'check', file), /bring it up with/);
  });

  test(
    'taking down what is not there is a failure where a name says so, and none of a file, --all or --if-exists',
    { skip },
    () => {
      assert.match(fails(1, 'down', `${lab}-none`), /there is no lab ".*-none" that is up/);
      assert.match(ok('down', `${lab}-none`, '--if-exists'), /nothing to remove/);
      assert.match(ok('down', file), /nothing to remove/);
      assert.match(ok('down', '--all'), /nothing to remove/);
      const { status, stdout } = netwright(['down', `${lab}-none`, file, '--json']);
      assert.equal(status, 1);
      const told = JSON.parse(stdout) as { labs: { lab: string; existed: boolean }[]; error: { code: string } };
      assert.deepEqual(
        told.labs.map((one) => [one.lab, one.existed]),
        [[lab, false]],
      );
      assert.equal(told.error.code, 'ERR_NOT_FOUND');
    },
  );

  test('completion scripts are printed for three shells', () => {
    for (const shell of ['bash', 'zsh', 'fish']) assert.match(ok('completion', shell), /__complete/);
    fails(64, 'completion', 'tcsh');
    const script = spawnSync('bash', ['-n'], { input: ok('completion', 'bash'), encoding: 'utf8' });
    assert.equal(script.status, 0, script.stderr);
  });

  test('zsh and fish complete by their scripts: commands, what they are, and topology files', () => {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'netwright'), `#!/bin/sh\nexec ${process.execPath} ${main} "$@"\n`, { mode: 0o755 });
    const scripts = Object.fromEntries(['zsh', 'fish'].map((shell) => [shell, join(folder, `completion.${shell}`)]));
    for (const [shell, path] of Object.entries(scripts)) writeFileSync(path, ok('completion', shell));
    const env = { ...environment, PATH: `${bin}:${process.env['PATH']}`, HOME: folder, TERM: 'dumb' };
    const options = { encoding: 'utf8', cwd: folder, env, timeout: 30_000 } as const;
    const fish = (line: string): string => {
      const command = `source ${scripts['fish']}; complete -C '${line}'`;
      const { stdout, stderr, error } = spawnSync('fish', ['--no-config', '-c', command], options);
      assert.equal(stderr, '', error?.message);
      return stdout;
    };
    assert.equal(fish('netwright she'), 'shell\topen a shell in a node\n');
    assert.match(fish('netwright up la'), /^lab\.yaml$/m);
    // A terminal of zsh's own, in which two tabs are typed.
    const type = `zmodload zsh/zpty; zpty z zsh -f -i
      zpty -w z "autoload -Uz compinit; compinit -u -D; source $1; echo SET''TLED"; zpty -r z seen '*SETTLED*'
      zpty -w -n z "$2"$'\\t\\t'; zpty -r z seen "*$3*"; print -r -- "$seen"; zpty -d z`;
    const zsh = (line: string, wanted: string): void => {
      const { stdout, error } = spawnSync('zsh', ['-f', '-c', type, 'zsh', scripts['zsh']!, line, wanted], options);
      assert.ok(stdout?.includes(wanted), `${line}: ${error?.message} ${JSON.stringify(stdout)}`);
    };
    zsh('netwright she', 'shell');
    zsh('netwright up la', 'lab.yaml');
    zsh('netwright sh', 'open a shell in a node');
  });

  test('commands and their options complete', () => {
    assert.deepEqual(ok('__complete', 'sh').split('\n'), [
      'show\tshow the state of a lab in the kernel',
      'shell\topen a shell in a node',
      '',
    ]);
    assert.match(
      ok('__complete', 'up', '--'),
      /^--wait\t.*\n--set\t.*\n--json\t.*\n--quiet\t.*\n--explain\t.*\n--attach\t.*\n--help\t.*\n$/,
    );
    assert.equal(ok('__complete', 'up', ''), ':file\n');
    assert.equal(ok('__complete', 'exec', 'x.y', ''), ':program\n');
    assert.equal(ok('__complete', 'exec', 'x.y', '--', ''), ':program\n');
    assert.equal(ok('__complete', 'rootless', '--', ''), ':program\n');
    assert.equal(ok('__complete', 'rootless', 'make', '--', ''), ':argument\n');
    assert.equal(ok('__complete', 'exec', 'x.y', 'ping', '-'), ':argument\n');
    assert.match(ok('__complete', 'run', '--al'), /^--allow\t.*\n$/);
    assert.match(ok('__complete', 'run', '--allow', 'a.example:443', '--rep'), /^--report\t.*\n$/);
    assert.equal(ok('__complete', 'run', '--allow', ''), '');
    assert.equal(ok('__complete', 'run', '--report', ''), ':argument\n');
    for (const words of [[''], ['-q', ''], ['--allow', 'x', ''], ['--allow', 'x', '--', '']])
      assert.equal(ok('__complete', 'run', ...words), ':program\n', words.join(' '));
    assert.equal(ok('__complete', 'run', '--allow', 'x', '--', 'npm', '-'), ':argument\n');
  });

  test('a user who may not is told so, with 4', { skip }, (t) => {
    const nobody = { uid: 65534, cwd: '/', env: { ...environment, PATH: '/nowhere' } };
    if (netwright(['--version'], nobody).status !== 0) return t.skip('this folder is closed to other users');
    const { status, stderr } = netwright(['up', '-'], { ...nobody, input: 'name: mine\nnodes: { a: {} }\n' });
    assert.equal(status, 4, stderr);
    assert.match(stderr, /labs without root need a user namespace, which .*: there is no unshare, /);
  });
});

suite('a lab', { skip }, () => {
  before(() => assert.match(ok('up', file), new RegExp(`^${lab} is up: 3 nodes, 1 network, \\d+ steps in `)));
  after(() => {
    netwright(['down', lab, other, '--wait', '10']);
    assert.deepEqual(leftovers(), []);
  });

  test('up does nothing the second time', () => {
    assert.equal(ok('up', file), `nothing to do, ${lab} matches the file\n`);
    assert.equal(ok('up', file, '--quiet'), '');
    assert.equal((json('up', file) as { steps: number }).steps, 0);
  });

  test('plan tells what is to do, in words and as commands, and does none of it', () => {
    assert.equal(ok('plan', file, '--exit-code'), `nothing to do, ${lab} matches the file\n`);
    run(`ip -n ${lab}.a route add 192.0.2.0/24 via 10.77.0.2`);
    run(`ip -n ${lab}.b link set eth0 mtu 1400`);
    const { status, stdout } = netwright(['plan', file, '--exit-code']);
    assert.equal(status, 2);
    assert.match(stdout, /^~ set MTU 1500 for eth0 of b$/m);
    assert.match(stdout, /^- delete .*192\.0\.2\.0\/24.* of a/m);
    assert.match(stdout, /0 to add, 1 to change, 1 to remove/);
    const { operations } = json('plan', file) as { operations: { commands: string[] }[] };
    // What it says are commands are ones: they do what `up` would have done.
    for (const command of operations.flatMap(({ commands }) => commands)) run(command);
    assert.deepEqual((json('plan', file) as { operations: object[] }).operations, []);
  });

  test('up --explain prints the commands of what it does', () => {
    run(`ip -n ${lab}.a address del 10.77.0.1/24 dev eth0`);
    const { status, stdout, stderr } = netwright(['up', file, '--explain']);
    assert.equal(status, 0);
    assert.match(stderr, /^# add address 10\.77\.0\.1\/24 to eth0 of a\. An address /m);
    assert.match(stderr, new RegExp(`^ip -n ${lab}\\.a addr add 10\\.77\\.0\\.1/24 brd \\+ dev eth0`, 'm'));
    // With its last address of IPv4 the kernel has taken the two routes to groups and to everybody.
    assert.match(stdout, /is up to date: 3 steps /);
  });

  test('script prints commands that sh understands, without privilege', () => {
    const script = ok('script', file);
    assert.equal(spawnSync('sh', ['-n'], { input: script }).status, 0);
    assert.match(script, new RegExp(`ip netns add ${lab}\\.alone`));
  });

  test('snapshot of it, brought up, has nothing to do', () => {
    const snapshot = join(folder, 'snapshot.yaml');
    writeFileSync(snapshot, ok('snapshot', lab));
    assert.match(ok('plan', snapshot), /^nothing to do/);
    assert.match(ok('snapshot', '--host'), /^#/);
    assert.match(fails(64, 'snapshot', '--host', lab), /--host cannot be used with a lab or --json/);
  });

  test('watch tells of drift and mends it', async () => {
    const watcher = spawn(process.execPath, [main, 'watch', lab, '--repair', '--json'], { env: environment });
    let printed = '';
    watcher.stdout.on('data', (chunk: Buffer) => (printed += String(chunk)));
    const has = (part: RegExp): Promise<string> =>
      eventually(
        () => printed,
        (text) => part.test(text),
        `${part} is not printed`,
      );
    const inotify = (): boolean =>
      readdirSync(`/proc/${watcher.pid}/fdinfo`).some((fd) => {
        try {
          return /^inotify/m.test(readFileSync(`/proc/${watcher.pid}/fdinfo/${fd}`, 'latin1'));
        } catch {
          // It was closed since the folder was read.
          return false;
        }
      });
    await eventually(inotify, Boolean, 'it does not begin to watch');
    run(`ip -n ${lab}.a link set eth0 down`);
    await has(/"event":"drift"/);
    await has(/"event":"repaired"/);
    assert.equal(ok('plan', file, '--exit-code'), `nothing to do, ${lab} matches the file\n`);
    watcher.kill('SIGINT');
    assert.equal((await once(watcher, 'exit'))[0], 0);
  });

  test('clean leaves it alone', () => {
    assert.doesNotMatch(ok('clean'), new RegExp(lab));
    const { found } = json('clean') as { found: { lab?: string }[] };
    assert.ok(!found.some((stale) => stale.lab === lab));
  });

  test('ls has it', () => {
    assert.match(ok('ls'), new RegExp(`^${lab} +up +${lab}\\.a +10\\.77\\.0\\.1/24$`, 'm'));
    const { labs } = json('ls') as { labs: { lab: string; state: string; nodes: object[] }[] };
    const mine = labs.find((entry) => entry.lab === lab);
    assert.equal(mine?.state, 'up');
    assert.equal(mine.nodes.length, 3);
  });

  test('show tells both ends of a cable, and programs', async () => {
    const sleeper = spawn(process.execPath, [main, 'exec', `${lab}.b`, 'sleep', '987'], { stdio: 'ignore' });
    interface Shown {
      nodes: { name: string; interfaces: object[]; processes: { pid: number; command: string }[] }[];
      networks: { name: string; ports: { node: string; peer: string }[] }[];
    }
    const show = (): Shown => json('show', lab) as Shown;
    const { nodes, networks } = await eventually(
      show,
      (shown) => shown.nodes.some(({ processes }) => processes.length > 0),
      'no program is shown',
    );
    assert.deepEqual(
      nodes.map(({ name }) => name),
      ['a', 'alone', 'b'],
    );
    const end = nodes[0]?.interfaces[1] as { name: string; addresses: string[]; network: string; peer: object };
    assert.deepEqual([end.name, end.addresses, end.network], ['eth0', ['10.77.0.1/24'], 'lan']);
    assert.deepEqual(
      networks[0]?.ports.map(({ node, peer }) => `${node} ${peer}`),
      ['a eth0', 'b eth0'],
    );
    assert.deepEqual(nodes[2]?.processes, [{ pid: sleeper.pid, command: 'sleep 987' }]);
    assert.match(ok('show', lab), /runs +sleep 987 {2}pid \d+/);
    assert.match(ok('show', file), /isolated: only a loopback interface/);
    sleeper.kill();
    assert.deepEqual(await once(sleeper, 'close'), [null, 'SIGTERM']);
  });

  test('a reader that stops early is no failure', () => {
    const { stdout, stderr } = spawnSync(
      'bash',
      ['-c', `set -o pipefail; "$@" | head -n 1`, '_', process.execPath, main, 'show', lab],
      {
        encoding: 'utf8',
        env: environment,
      },
    );
    assert.equal(stdout, `${lab}: 3 nodes, 1 network\n`);
    assert.equal(stderr, '');
  });

  test('output that cannot be written is said in one line, and what was to be done is done', () => {
    const served = join(folder, 'served.json');
    const name = `${lab}-full`;
    const run = { command: ['sh', '-c', 'while :; do echo said; sleep 0.05; done'] };
    writeFileSync(served, JSON.stringify({ name, nodes: { a: { run } } }));
    const LINE = /^netwright: standard output cannot be written: ENOSPC: [^\n]*\n$/;
    for (const args of [
      ['--version'],
      ['up', '--help'],
      ['up', served, '--json'],
      ['ls'],
      ['ps', name, '--json'],
      ['restart', `${name}.a`],
      ['logs', name],
      // What would go on for ever ends.
      ['logs', '-f', name],
      ['up', served, '--explain'],
      ['down', name],
    ]) {
      const { status, stderr } = full('>/dev/full', ...args);
      assert.equal(status, 1, args.join(' '));
      assert.match(stderr, LINE, args.join(' '));
    }
    assert.equal(existsSync(`/run/netwright/${name}`), false);
    // What was attached to goes, whether it is a full disk or a reader that has left.
    const attached = full('>/dev/full', 'up', served, '--attach', '--quiet');
    assert.deepEqual([attached.status, LINE.test(attached.stderr)], [1, true], attached.stderr);
    assert.equal(existsSync(`/run/netwright/${name}`), false);
    assert.equal(full('| head -n 1', 'up', served, '--attach', '--quiet').stderr, '');
    assert.equal(existsSync(`/run/netwright/${name}`), false);
    // Nor does what cannot be told keep anything from being done.
    assert.equal(full('2>/dev/full', 'ls', '--bad').status, 64);
    assert.equal(full('2>/dev/full', 'up', served, '--explain').status, 1);
    assert.equal(full('>&- 2>&-', 'down', name).status, 0);
    assert.equal(existsSync(`/run/netwright/${name}`), false);
  });

  test('exec is the program: its status, output and input', () => {
    const result = netwright(['exec', `${lab}.a`, 'sh', '-c', 'read x; echo out $x; echo err >&2; exit 7'], {
      input: 'in\n',
    });
    assert.deepEqual([result.status, result.stdout, result.stderr], [7, 'out in\n', 'err\n']);
    assert.equal(ok('exec', `${lab}.a`, '--', 'ls', '/sys/class/net'), 'eth0\nlo\n');
    assert.match(ok('exec', `${lab}.a`, 'cat', '/etc/hosts'), /^10\.77\.0\.2 b /m);
    assert.equal(ok('exec', `${lab}.a`, 'echo', '--help', '--', '-x'), '--help -- -x\n');
  });

  test('exec leaves signals as they are by default', () => {
    assert.equal(netwright(['exec', `${lab}.a`, 'sh', '-c', 'kill -TERM $$']).signal, 'SIGTERM');
    const usual = spawnSync('cat', ['/proc/self/status'], { encoding: 'utf8' }).stdout;
    assert.equal(ignored(ok('exec', `${lab}.a`, 'cat', '/proc/self/status')), ignored(usual));
  });

  test('exec knows a node by its name alone from the file in the working directory', () => {
    const second = join(folder, 'second.txt');
    writeFileSync(second, topology(other, '{ from: a, to: b, tcp: 80 }'));
    ok('up', second);
    assert.match(fails(64, 'exec', 'a', 'true'), new RegExp(`several labs are up; use .*${lab}\\.a or ${other}\\.a`));
    assert.equal(netwright(['exec', 'a', 'true'], { cwd: folder }).status, 0);
    assert.equal(netwright(['exec', 'a', '--', 'echo', '--', '-x'], { cwd: folder }).stdout, '-- -x\n');
    assert.match(fails(1, 'exec', `${lab}.aa`, 'true'), new RegExp(`did you mean "${lab}\\.a"`));
    ok('down', other);
  });

  test('exec ends with 127 for what is not there and 126 for what is no program', () => {
    assert.match(fails(127, 'exec', `${lab}.a`, 'no-such-program'), /there is no program "no-such-program"/);
    assert.match(fails(126, 'exec', `${lab}.a`, file), /not executable/);
  });

  test('shell tells where it is', () => {
    const { status, stdout, stderr } = netwright(['shell', `${lab}.a`], { input: 'echo $NETWRIGHT_NODE; exit 5\n' });
    assert.deepEqual([status, stdout], [5, `${lab}.a\n`]);
    assert.match(stderr, /leaves/);
  });

  test('firewall tells rules in their words, with what has met them', () => {
    assert.match(ok('firewall', `${lab}.a`), /has no firewall/);
    const guarded = join(folder, 'guarded.yaml');
    const firewall = '{ input: { allow: [{ tcp: [22, 80-90] }, { icmp: true, log: true }] }, output: allow }';
    const bare = topology(lab, '{ from: alone, to: 10.77.0.1, icmp: true, reachable: false }');
    writeFileSync(guarded, bare.replace('alone: {}', `alone: { firewall: ${firewall} }`));
    assert.match(ok('up', guarded), /1 step/);
    run(`ip netns exec ${lab}.alone ping -c1 127.0.0.1`);
    const text = ok('firewall', `${lab}.alone`);
    assert.match(text, /^ +0 +0 {2}allow {2}\{ tcp: \[22, 80-90\] \}$/m);
    assert.match(text, /^ +0 +0 {2}deny {3}everything else$/m);
    assert.match(text, /^forward .*: no rules/m);
    assert.match(ok('show', lab), /firewall +input: deny except for 2 rules; output: allow/);
    const told = json('firewall', `${lab}.alone`) as { output: { established: { packets: number } }; policy: object };
    assert.ok(told.output.established.packets >= 1);
    assert.deepEqual(told.policy, {
      input: { allow: [{ tcp: [22, '80-90'] }, { icmp: true, log: true }] },
      output: 'allow',
    });
    assert.match(ok('plan', guarded), /^nothing to do/, 'what is counted is no difference');
    ok('up', file);
    assert.match(fails(1, 'firewall', `${lab}.nobody`), /no node/);
  });

  test('check proves what is so', () => {
    const said = ok('check', lab, '--timeout', '0.2');
    assert.match(said, /^✓ {2}a reaches b \(icmp\) +[\d.]+ ms +10\.77\.0\.2$/m);
    assert.match(said, /^○ {2}alone does not reach 10\.77\.0\.1 \(icmp\) +alone: no route to 10\.77\.0\.1$/m);
    assert.match(said, /is as expected: 2 of 2; 1 holds but proves nothing\n$/);
    const { results, ...counts } = json('check', file, '--timeout', '0.2') as { results: { empty?: string }[] };
    assert.deepEqual(counts, { lab, ok: true, proved: 1, empty: 1, failed: 0 });
    assert.deepEqual(
      results.map(({ empty }) => empty),
      [undefined, 'alone: no route to 10.77.0.1'],
    );
    assert.equal(netwright(['check', lab, '--strict']).status, 1);
    const own = join(folder, 'own.yaml');
    writeFileSync(own, topology(lab, '{ from: a, to: b, tcp: 80 }'));
    assert.match(
      ok('check', own, '--strict'),
      /a reaches b \(tcp 80\) +[\d.]+ ms +10\.77\.0\.2 \(stand-in\)\nstand-in: nothing listened there[^]* 2 of 2\n$/,
    );
  });

  test('check ends with 1 when something is not so', () => {
    const hopeful = join(folder, 'hopeful.yaml');
    writeFileSync(hopeful, topology(lab, '{ from: alone, to: 10.77.0.1, icmp: true }'));
    const { status, stdout } = netwright(['check', hopeful, '--timeout', '0.2']);
    assert.equal(status, 1);
    assert.match(stdout, /^✗ {2}alone reaches 10\.77\.0\.1 \(icmp\) .*10\.77\.0\.1/m);
    assert.match(stdout, /is not as expected: 1 of 2 failed\n$/);
    const asJson = netwright(['check', hopeful, '--timeout', '0.2', '--json']);
    const { results } = JSON.parse(asJson.stdout) as { results: { ok: boolean }[] };
    assert.deepEqual([asJson.status, results.map((result) => result.ok)], [1, [true, false]]);
  });

  test('labs and nodes complete', () => {
    assert.match(ok('__complete', 'exec', `${lab}.a`), new RegExp(`^${lab}\\.a\tnode\n${lab}\\.alone\tnode\n$`));
    assert.equal(ok('__complete', 'show', lab), `${lab}\tlab\n:file\n`);
    assert.equal(ok('__complete', 'down', lab, lab), ':file\n');
    assert.equal(ok('__complete', 'show', lab, ''), '');
  });

  test('colours are for terminals, or when asked for', () => {
    assert.ok(!coloured({}).includes('\u001b'));
    assert.ok(coloured({ FORCE_COLOR: '1' }).includes('\u001b['));
    assert.ok(!coloured({ FORCE_COLOR: '0' }).includes('\u001b'));
  });

  test('a name that is taken ends with 6, a lab that is being changed with 5', () => {
    const taken = join(folder, 'taken.yaml');
    writeFileSync(taken, `name: ${lab}-t\nnodes: { a: {} }\n`);
    writeFileSync(`/run/netns/${lab}-t.a`, '');
    assert.match(fails(6, 'up', taken), /that does not belong to this lab exists/);
    rmSync(`/run/netns/${lab}-t.a`);

    using _ = Lock.take(lab);
    assert.match(fails(5, 'down', lab), new RegExp(`is being changed by process ${process.pid}`));
  });

  test('a node whose namespace is gone is told to be, with the command that creates it again', () => {
    run(`ip netns del ${lab}.alone`);
    run(`umount /run/netns/${lab}.b`);
    const gone = (node: string): RegExp =>
      new RegExp(
        `the namespace of "${lab}\\.${node}" does not exist any more; \`netwright up ${file}\` creates it again`,
      );
    for (const args of [
      ['exec', `${lab}.alone`, 'true'],
      ['exec', 'alone', 'true'],
      ['firewall', `${lab}.alone`],
      ['logs', 'alone'],
    ])
      assert.match(fails(1, ...args), gone('alone'), args.join(' '));
    for (const args of [
      ['exec', `${lab}.b`, 'true'],
      ['shell', 'b'],
      ['publish', `${lab}.b`, '8080:80'],
    ])
      assert.match(fails(1, ...args), gone('b'), args.join(' '));
    assert.match(fails(1, 'exec', `${lab}.alon`, 'true'), /there is no node/);
    ok('up', file);
    assert.equal(netwright(['exec', `${lab}.alone`, 'true']).status, 0);
  });

  test('down says what it removed and ended', async () => {
    const sleeper = spawn(process.execPath, [main, 'exec', `${lab}.a`, 'sleep', '986'], { stdio: 'ignore' });
    await eventually(
      () => ok('show', lab),
      (shown) => shown.includes('sleep 986'),
      'the program is not shown',
    );
    const said = ok('down', file);
    assert.match(
      said,
      new RegExp(`^removed ${lab}: 4 namespaces in .*\n  ended ${sleeper.pid} in ${lab}\\.a: sleep 986\n$`),
    );
    assert.deepEqual(leftovers(), []);
    assert.match(fails(1, 'down', lab), /there is no lab/);
  });
});

test('Ctrl-C while a lab comes up undoes it and ends with 130', { skip, timeout: 60_000 }, async () => {
  const large = join(folder, 'large.yaml');
  const nodes = Array.from({ length: 400 }, (_, i) => `  n${i}: { networks: [lan] }\n`).join('');
  writeFileSync(large, `name: ${lab}-large\nnetworks: { lan: { subnet: 10.78.0.0/16 } }\nnodes:\n${nodes}`);
  const child = spawn(process.execPath, [main, 'up', large], { stdio: ['ignore', 'ignore', 'pipe'], env: environment });
  let said = '';
  child.stderr.on('data', (data: Buffer) => (said += data.toString()));
  const done = once(child, 'close');
  await eventually(
    () => existsSync(`/run/netns/${lab}-large.n5`) || child.exitCode !== null,
    Boolean,
    'it does not begin',
    2,
  );
  child.kill('SIGINT');
  assert.deepEqual(await done, [130, null], said);
  assert.match(said, /interrupted/);
  assert.deepEqual(leftovers(), []);
});
