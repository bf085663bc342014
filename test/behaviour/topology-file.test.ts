import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Lab, logs, snapshot } from '../../src/library/index.ts';
import { eventually } from '../support/eventually.ts';

/* Topology files as they are given: with variables, through pipes, larger or otherwise than they may be; and their names. */

const root = fileURLToPath(new URL('../../..', import.meta.url));
const built = join(root, 'dist/cli.cjs');
const main = existsSync(built) ? built : fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const skip = process.getuid?.() === 0 ? false : 'making network namespaces takes root';
const lab = `nwfile${process.pid}`;

const FILE = `
name: ${lab}
x-node: &node { networks: [lan] }
networks: { lan: { subnet: 10.77.0.0/24, mtu: "\${MTU:-1500}" } }
nodes:
  a: { <<: *node, run: { command: [sh, -c, 'echo "$$SIZE \${MTU:-none} $VERSION"'], env: { SIZE: "\${SIZE}", VERSION: 1.0 }, ready: { exit: true } } }
  b: { <<: *node, hosts: { alone.test: a } }
  r: { networks: [lan, two] }
  c: { networks: [two] }
hosts: { www.shop.test: r, db.test: [192.0.2.1, "2001:db8::1"] }
expect: [{ from: a, to: b, icmp: true }]
`.replace('lan: {', 'two: { subnet: 10.78.0.0/24 }, lan: {');

let folder: string;
let file: string;

function netwright(args: readonly string[], env: NodeJS.ProcessEnv = {}): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { PATH: process.env['PATH'], ...env },
  });
}

function ok(args: readonly string[], env?: NodeJS.ProcessEnv): string {
  const { status, stdout, stderr } = netwright(args, env);
  assert.equal(status, 0, `netwright ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** Runs what must fail, and returns what it said. */
function fails(status: number, ...args: readonly string[]): string {
  const result = netwright(args);
  assert.equal(result.status, status, `netwright ${args.join(' ')}: ${result.stdout}${result.stderr}`);
  assert.doesNotMatch(result.stderr, /\n {4}at |is a bug/, 'no stack trace');
  return result.stderr;
}

const shell = (node: string, command: string): string => {
  const { stdout, stderr, status } = spawnSync('ip', ['netns', 'exec', `${lab}.${node}`, 'sh', '-c', command], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return stdout;
};

/** Whether the service has said so often what it was given. */
const isSaid =
  (times: number) =>
  (lines: readonly string[]): boolean =>
    lines.length === times && lines.every((line) => line === '5 = x 1400 1.0');

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'nwfile-'));
  file = join(folder, 'lab.yaml');
  writeFileSync(file, FILE);
});
after(() => rmSync(folder, { recursive: true }));

suite('a file with variables', { skip }, () => {
  after(() => netwright(['down', lab]));

  test('takes them from the environment and from --set, which comes first', () => {
    assert.match(fails(3, 'up', file), /lab\.yaml:6:\d+: the variable "SIZE" is not set: .*--set SIZE=VALUE/);
    ok(['up', '-q', file, '--set', 'MTU=1400', '--set', 'SIZE=5 = x'], { MTU: '1300', SIZE: '1' });
    assert.match(shell('a', 'cat /sys/class/net/eth0/mtu'), /^1400$/m);
  });

  test('has them kept with the lab, for whoever names the lab alone, in whatever environment', async () => {
    const said = (): string[] => logs(lab).map(({ line }) => line);
    await eventually(said, isSaid(1), 'what the service says');
    assert.match(ok(['check', lab], { MTU: 'none' }), /1 of 1/);
    ok(['restart', `${lab}.a`], { SIZE: '9' });
    await eventually(said, isSaid(2), 'what it says when it is started again');
    assert.equal(Lab.find(lab).node('a').name, 'a');
    assert.match(ok(['plan', file, '--set', 'SIZE=5 = x', '--set', 'MTU=1400']), /^nothing to do/);
    assert.match(ok(['plan', file], { SIZE: '5 = x' }), /set MTU 1500 for eth0 of a/);
    assert.equal(netwright(['plan', file, '--exit-code', '--set', 'SIZE=5 = x']).status, 2);
  });

  test('is named with --set wherever a file is', () => {
    const set = ['--set', 'SIZE=5 = x', '--set', 'MTU=1400'];
    for (const command of ['check', 'show', 'ps', 'snapshot', 'script', 'logs']) ok([command, file, ...set]);
    assert.match(fails(3, 'check', file), /"SIZE" is not set/);
    assert.match(fails(64, 'show', lab, ...set), /--set needs a topology file/);
    assert.match(fails(3, 'up', file, ...set, '--set', 'MUT=1'), /no \$\{MUT\} \(did you mean "MTU"\?\)/);
    assert.match(fails(64, 'up', file, '--set', 'MTU'), /expected NAME=VALUE/);
    assert.match(fails(64, 'up', file, '--set', 'A B=1'), /"A B" is not a valid variable name/);
    assert.match(ok(['__complete', 'up', '--s']), /^--set\t/m);
    assert.equal(ok(['__complete', 'up', '--set', 'MTU=1400', '']), ':file\n');
    assert.equal(ok(['__complete', 'up', '--set', '']), '');
  });

  test('gives its names to nodes, near addresses first, and one to a node alone', () => {
    assert.match(shell('c', 'getent ahosts www.shop.test'), /^10\.78\.0\.1 /);
    assert.match(shell('b', 'getent ahosts www.shop.test'), /^10\.77\.0\.3 /);
    assert.match(shell('a', 'getent ahostsv4 db.test'), /^192\.0\.2\.1 /);
    assert.match(shell('a', 'getent hosts db.test'), /^2001:db8::1 /);
    assert.match(shell('b', 'getent hosts alone.test'), /^10\.77\.0\.1 /);
    assert.equal(shell('a', 'getent hosts alone.test || echo none'), 'none\n');
    const { topology, text } = snapshot(lab);
    assert.deepEqual(topology.hosts, { 'www.shop.test': 'r', 'db.test': ['192.0.2.1', '2001:db8::1'] });
    assert.deepEqual(topology.nodes!['b']!.hosts, { 'alone.test': '10.77.0.1' });
    const copy = join(folder, 'copy.yaml');
    writeFileSync(copy, text);
    assert.match(ok(['plan', copy]), /^nothing to do/);
  });

  test('is brought up by the library with values of its own', async () => {
    await using up = await Lab.up(file, { name: `${lab}-l`, set: { MTU: 1280, SIZE: true } });
    const { stdout } = await up.node('b').exec('cat', ['/sys/class/net/eth0/mtu']);
    assert.equal(stdout, '1280\n');
    await assert.rejects(Lab.up({ name: lab }, { set: { A: 1 } }), { code: 'ERR_USAGE' });
    await assert.rejects(Lab.up(file, { set: { 'A B': 1 } }), { code: 'ERR_USAGE' });
    await assert.rejects(Lab.up(join(folder, 'nothing')), { code: 'ERR_TOPOLOGY_FILE', message: /^there is no file / });
  });

  test('is taken down by its file', () => {
    assert.match(ok(['down', file, '--set', 'SIZE=1']), /^removed /);
  });
});

test(
  'a node with a way out knows the names of the host, but not those that mean the host itself',
  { skip },
  async () => {
    const hosts = join(folder, 'hosts');
    writeFileSync(
      hosts,
      '127.0.0.1 localhost\n127.0.1.1 thishost\nfe00::0 ip6-localnet\n203.0.113.7 nas.test\n203.0.113.8 www.shop.test\n',
    );
    assert.equal(spawnSync('mount', ['--bind', hosts, '/etc/hosts']).status, 0);
    try {
      await using up = await Lab.up({
        name: lab,
        networks: { out: { subnet: '10.79.0.0/24', internet: true } },
        nodes: { a: { networks: ['out'] }, shut: {} },
        hosts: { 'www.shop.test': '192.0.2.1' },
      });
      assert.equal(up.name, lab);
      assert.match(shell('a', 'getent hosts nas.test'), /^203\.0\.113\.7 /);
      assert.match(shell('a', 'getent hosts www.shop.test'), /^192\.0\.2\.1 /);
      assert.equal(shell('a', "grep -cE 'thishost|ip6-localnet|203.0.113.8' /etc/hosts || true"), '0\n');
      assert.equal(shell('shut', 'grep -c nas.test /etc/hosts || true'), '0\n');
      assert.deepEqual(snapshot(lab).topology.hosts, { 'www.shop.test': '192.0.2.1' });
    } finally {
      spawnSync('umount', ['/etc/hosts']);
    }
  },
);

test('a pipe has no name for a lab, and is read from whatever it is called', { skip }, () => {
  const said = spawnSync('bash', ['-c', `"$0" "$1" up <(echo 'nodes: {}')`, process.execPath, main], {
    encoding: 'utf8',
  });
  assert.equal(said.status, 3);
  assert.match(said.stderr, /the lab needs a name: .*it cannot be named after \/dev\/fd\/\d+/);
});

test('what is too large to be a topology is not read to its end', () => {
  const large = join(folder, 'large.yaml');
  writeFileSync(large, 'name: x\n');
  truncateSync(large, 3e9);
  const limit = /is larger than 4 MiB, the maximum size of a topology file/;
  for (const path of [large, '/dev/zero']) assert.match(fails(3, 'script', path), limit);
  const piped = spawnSync('sh', ['-c', '"$0" "$1" script - < /dev/zero', process.execPath, main], { encoding: 'utf8' });
  assert.match(piped.stderr, /standard input is larger than 4 MiB/);
});

test('from a working directory that has been removed, a command that needs it says so', () => {
  const script = 'mkdir "$1/gone" && cd "$1/gone" && rmdir "$1/gone" && shift && exec "$@"';
  for (const args of [
    ['script', '../lab.yaml', '--set', 'SIZE=5'],
    ['up', '-'],
  ]) {
    const words = ['-c', script, 'sh', folder, process.execPath, main, ...args];
    const { status, stderr } = spawnSync('sh', words, { encoding: 'utf8', input: `name: ${lab}\nnodes: { a: {} }\n` });
    assert.equal(status, 64, stderr);
    assert.match(
      stderr,
      /the working directory was removed or cannot be accessed \(ENOENT\); change to another directory/,
    );
  }
});

test('what is no UTF-8 is told of', () => {
  const odd = join(folder, 'odd.yaml');
  writeFileSync(odd, Buffer.from('\uFEFFname: x\n', 'utf16le'));
  assert.match(fails(3, 'script', odd), /UTF-16 or binary: save it as UTF-8/);
  writeFileSync(odd, Buffer.from('name: x\n# \xe4\nnodes: {}\n', 'latin1'));
  assert.match(fails(3, 'script', odd), /is not UTF-8 text: line 2 has invalid bytes/);
  writeFileSync(odd, '\uFEFFname: x\r\nnodes: {}\r\n');
  ok(['script', odd]);
});
