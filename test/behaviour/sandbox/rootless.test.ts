// `netwright run` of a user who is not root: the same sandbox, in the user's own world, with real traffic through pasta
// and slirp4netns; and what a world of its own might have left open.
import '../../support/own-host.ts';
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { after, before, beforeEach, suite, test } from 'node:test';
import { Account } from '../../support/account.ts';
import { run, sh } from '../../support/command.ts';
import { eventually } from '../../support/eventually.ts';
import { assertUnchanged, snapshotHost, type HostSnapshot } from '../../support/host.ts';
import { skipWithoutRoot } from '../../support/privilege.ts';

/** The world outside, and this machine as it is known there: addresses of a kind that names may lead to. */
const OUTSIDE = { 4: '203.0.113.10', 6: '2001:db8:77::10' };
const HOST = { 4: '203.0.113.2', 6: '2001:db8:77::2' };
/** What a world's way out calls itself, and its name server. */
const GATEWAY = '198.19.255.2';
const FORWARDER = '198.19.255.3';

interface Tried {
  readonly [destination: string]: string;
}

suite('netwright run without root', { skip: skipWithoutRoot }, () => {
  let user: Account;
  let untouched: HostSnapshot;
  let folder: string;
  let machine: ChildProcess;
  const programs: ChildProcess[] = [];
  let withSlirp: NodeJS.ProcessEnv;
  let withoutWayOut: NodeJS.ProcessEnv;

  const serve = async (script: string, through: readonly string[] = []): Promise<ChildProcess> => {
    const [command, ...args] = [...through, process.execPath, '-e', script];
    const program = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    programs.push(program);
    await once(program.stdout, 'data');
    return program;
  };

  /** Runs a command that tries to reach places, and gives what came of each. */
  const tries = (options: readonly string[], places: readonly string[], env: NodeJS.ProcessEnv = {}): Tried => {
    const words = ['run', ...options, '--', process.execPath, `${user.home}/try.js`, ...places];
    const { status, stdout, stderr } = user.netwright(words, { env });
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as Tried;
  };
  const start = (...words: string[]): ChildProcess =>
    user.spawn(process.execPath, [user.cli, 'run', ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  const running = (command: string): boolean => user.processes().some((one) => one.command.startsWith(command));

  before(async () => {
    user = new Account();
    for (const line of [
      // Its groups are root's.
      'mount -t cgroup2 none /sys/fs/cgroup',
      'ip netns add outside',
      'ip link set lan1 netns outside',
      `ip -n outside address add ${OUTSIDE[4]}/24 dev lan1`,
      `ip -n outside address add ${OUTSIDE[6]}/64 dev lan1 nodad`,
      'ip -n outside link set lan1 up',
      `ip address add ${HOST[6]}/64 dev lan0 nodad`,
      `ip address add ${HOST[4]}/24 dev lan0`,
      'ip address add fe80::2/64 dev lan0 nodad',
      `ip route add default via ${OUTSIDE[4]}`,
      `ip route add default via ${OUTSIDE[6]}`,
    ])
      sh(line);
    untouched = snapshotHost();
    withSlirp = { PATH: user.pathWithout('pasta') };
    withoutWayOut = { PATH: user.pathWithout('pasta', 'slirp4netns') };
    folder = `/tmp/netwright-run-${user.uid}`;
    mkdirSync(folder);
    writeFileSync(`${user.home}/try.js`, TRY);
    await serve(WORLD, ['ip', 'netns', 'exec', 'outside']);
    machine = await serve(MACHINE.replaceAll('FOLDER', folder));
    writeFileSync('/etc/resolv.conf', 'nameserver 127.0.0.53\n');
  });
  // A world that is still going has the way out that it was made with.
  beforeEach(() => user.assertNothingLeft());
  after(async () => {
    await user.assertNothingLeft();
    for (const program of programs) {
      const ended = once(program, 'close');
      if (program.kill('SIGKILL')) await ended;
    }
    rmSync(folder, { recursive: true });
    await assertUnchanged(untouched);
    sh('ip netns del outside');
  });

  for (const helper of ['pasta', 'slirp4netns'] as const) {
    const environment = (): NodeJS.ProcessEnv => (helper === 'pasta' ? {} : withSlirp);

    test(`reaches by ${helper} what is allowed, by name, and nothing else`, () => {
      const report = `${user.home}/denied-${helper}.jsonl`;
      const env = environment();
      const allowed = ['--allow', 'named.example:7000', '--allow', 'own.example:7001', '--allow', '192.0.2.0/24'];
      const seen = tries(
        [...allowed, '--report', report],
        ['named.example:7000', 'named.example:7001', `${OUTSIDE[4]}:7002`, 'other.example:7000', 'own.example:7001'],
        env,
      );
      assert.deepEqual(seen, {
        'named.example:7000': HOST[4],
        'named.example:7001': 'ECONNREFUSED',
        [`${OUTSIDE[4]}:7002`]: 'ECONNREFUSED',
        'other.example:7000': 'ENOTFOUND',
        // It leads to this machine, which the world's own addresses do not tell.
        'own.example:7001': 'ENOTFOUND',
      });
      const denied = readFileSync(report, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      const of = (wanted: object) =>
        denied.some((one) => Object.entries(wanted).every(([key, value]) => String(one[key]) === String(value)));
      for (const wanted of [
        { kind: 'packet', protocol: 'tcp', address: OUTSIDE[4], port: 7001, name: 'named.example', process: 'node' },
        { kind: 'packet', protocol: 'tcp', address: OUTSIDE[4], port: 7002 },
        { kind: 'name', name: 'other.example', reason: 'not allowed' },
        { kind: 'name', name: 'own.example', reason: 'private address', addresses: [HOST[4]] },
      ])
        assert.ok(of(wanted), JSON.stringify([wanted, denied]));
      assert.equal(statSync(report).uid, user.uid);
    });

    test(`finds by ${helper} no way to the machine's loopback, even where every address is allowed`, async () => {
      const loopback = [GATEWAY, FORWARDER, '198.19.255.100', '127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '0.0.0.0'];
      const local = ['169.254.1.1', '[fe80::2%eth0]', '[fd00::2]'];
      const places = [...loopback, ...local, `[${HOST[6]}]`].map((host) => `${host}:7001`);
      const names = [`${FORWARDER}:53`, '127.0.0.53:53', `${GATEWAY}:53`].map((server) => `udp ${server}`);
      const sockets = [`${folder}/socket`, '@netwright-test-abstract'].map((path) => `unix ${path}`);
      const all = ['--allow', '0.0.0.0/0', '--allow', '::/0', '--quiet'];
      const seen = tries(all, [`${OUTSIDE[4]}:7000`, ...places, ...names, ...sockets], {
        ...environment(),
        PATIENCE: '1500',
      });
      const { [`${OUTSIDE[4]}:7000`]: reached, ...others } = seen;
      assert.equal(reached, HOST[4], 'the way out is there');
      for (const [place, what] of Object.entries(others)) assert.match(what, /^E[A-Z]+$|^silence$/, place);
      machine.stdin!.write('?\n');
      const [told] = (await once(machine.stdout!, 'data')) as [Buffer];
      assert.equal(String(told).trim(), '0', 'connections to what listens on the loopback');
    });
  }

  test('reaches by IPv6 what is allowed, where pasta carries it', async () => {
    const place = `[${OUTSIDE[6]}]:7000`;
    assert.deepEqual(tries(['--allow', place, '-q'], [place, `[${OUTSIDE[6]}]:7001`]), {
      [place]: HOST[6],
      [`[${OUTSIDE[6]}]:7001`]: 'ECONNREFUSED',
    });
    assert.equal(tries(['--allow', 'named.example:7000'], ['aaaa named.example'])['aaaa named.example'], OUTSIDE[6]);
    // Where nothing carries it no name is given for it.
    await user.assertNothingLeft();
    const without = tries(['--allow', 'named.example:7000'], ['aaaa named.example', 'named.example:7000'], withSlirp);
    assert.deepEqual(without, { 'aaaa named.example': 'ENODATA', 'named.example:7000': HOST[4] });
  });

  test('forwards ports of the machine’s loopback, with neither pasta nor slirp4netns, to the command alone', async () => {
    const ports = ['7001', '8006:7006', '7008', '9:7009'].flatMap((port) => ['--forward-host', port]);
    const places = ['127.0.0.1:7001', 'localhost:8006', 'sink 127.0.0.1:7008', '127.0.0.1:9', '127.0.0.1:7006'];
    const big = 'big 127.0.0.1:7001';
    assert.deepEqual(tries([...ports, '-q'], [...places, big, `${HOST[4]}:7001`], withoutWayOut), {
      '127.0.0.1:7001': 'machine',
      'localhost:8006': 'machine by ::1',
      'sink 127.0.0.1:7008': 'end',
      '127.0.0.1:9': 'ECONNRESET',
      '127.0.0.1:7006': 'ECONNREFUSED',
      [big]: '1000000',
      [`${HOST[4]}:7001`]: 'ECONNREFUSED',
    });
    // Who else is in the world has nothing of it.
    const child = start('--forward-host', '7001', '--', 'sh', '-c', 'echo in; exec sleep 87.1');
    await once(child.stdout!, 'data');
    const guest = user.ok('rootless', '--', process.execPath, `${user.home}/try.js`, '127.0.0.1:7001');
    assert.deepEqual(JSON.parse(guest), { '127.0.0.1:7001': 'ECONNREFUSED' });
    child.kill('SIGTERM');
    await once(child, 'close');
  });

  test('asks a resolver on the machine’s loopback', () => {
    const options = ['--resolver', '127.0.0.1:5353', '--allow', 'named.example:7000'];
    assert.deepEqual(tries(options, ['named.example:7000']), { 'named.example:7000': HOST[4] });
    const broken = ['--resolver', '127.0.0.1:5354', '--allow', 'named.example:7000'];
    assert.deepEqual(tries(broken, ['named.example:7000']), { 'named.example:7000': 'EAI_AGAIN' });
  });

  test('says what is wrong, and makes nothing', async () => {
    await user.assertNothingLeft();
    for (const words of [['--help'], ['--allow', 'a..b', 'true'], ['--report', '/nowhere/x', 'true'], []]) {
      const { status } = user.netwright(['run', ...words]);
      assert.equal(status, words[0] === '--help' ? 0 : 64, words.join(' '));
      assert.deepEqual(user.processes(), [], words.join(' '));
    }
    const lacking = user.netwright(['run', '--allow', 'named.example', 'echo', 'started'], { env: withoutWayOut });
    assert.deepEqual([lacking.status, lacking.stdout], [4, '']);
    assert.match(
      lacking.stderr,
      /neither pasta nor slirp4netns is installed; to enable it: sudo apt-get install passt/,
    );
    const limited = user.netwright(['run', '--limit', 'memory=1g', 'echo', 'started'], { env: withoutWayOut });
    assert.deepEqual([limited.status, limited.stdout], [4, '']);
    assert.match(limited.stderr, /a control group that you own.*systemd-run --user --scope/);
  });

  test('is the user’s: root of a namespace, its files the user’s, in the folder where it was called', () => {
    const script = 'cat; id -u; pwd; touch made; grep -c . /proc/net/dev; ls /dev/pts; exit 7';
    const { status, stdout } = user.netwright(['run', 'sh', '-c', script], { input: 'in\n' });
    assert.deepEqual([status, stdout], [7, `in\n0\n${user.home}\n4\nptmx\n`]);
    assert.equal(statSync(`${user.home}/made`).uid, user.uid);

    const work = `${user.home}/work`;
    run('install', '-d', '-o', user.name, '-g', user.name, work);
    const all = ['run', '--isolate', 'pid,ipc,uts,mnt,user'];
    const strict = user.netwright(
      [...all, 'sh', '-c', 'touch ours ../theirs 2>&1; hostname; cat /proc/self/uid_map; ps -e | wc -l'],
      { cwd: work },
    );
    assert.match(strict.stdout, /^touch: .*theirs.*Read-only[^\n]*\nbox\n\s+0\s+0\s+1\n\d\n$/, strict.stderr);
    assert.equal(statSync(`${work}/ours`).uid, user.uid);
  });

  test('other users are those of /etc/subuid', () => {
    const as = (who: string) => user.netwright(['run', '--user', who, '--', 'sh', '-c', 'id -u; id -g']);
    assert.equal(as('1234:1235').stdout, '1234\n1235\n');
    run('sed', '-i', `/^${user.name}:/d`, '/etc/subuid');
    const { status, stdout, stderr } = as('1234');
    assert.deepEqual([status, stdout], [4, '']);
    assert.match(stderr, /as user 1234: it is not mapped .*\/etc\/subuid/);
  });

  test('ends with netwright, and leaves nothing, however that ends', async () => {
    const child = start('--forward-host', '7001', '--', 'sh', '-c', 'echo in; setsid sleep 88.1 & exec sleep 88.1');
    await once(child.stdout!, 'data');
    const outside = user.processes().find(({ command }) => command.includes('__loopback'));
    assert.ok(outside, 'a process connects to the loopback for it');
    child.kill('SIGKILL');
    await once(child, 'close');
    await eventually(
      () => running('sleep 88.1'),
      (is) => !is,
      'its programs run on',
    );
    // No other command has to be given for that.
    await user.assertNothingLeft();

    const asked = start('--', 'sh', '-c', 'trap "echo got; exit 3" TERM; echo ready; while :; do sleep 0.05; done');
    let said = '';
    asked.stdout!.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('ready')) asked.kill('SIGTERM');
      said += text;
    });
    const [status] = (await once(asked, 'close')) as [number];
    assert.deepEqual([status, said], [3, 'ready\ngot\n']);
  });

  test('a lab beside it stays, and `ls` and `down` know it', async () => {
    user.ok('up', '-q', `${user.home}/netwright/examples/02-veth-pair.yaml`);
    const child = start('sleep', '89.1');
    await eventually(() => running('sleep 89.1'), Boolean, 'it does not begin');
    const [, name] = /(run-[0-9a-f]{8})/.exec(user.ok('ls')) ?? [];
    assert.ok(name);
    const ended = once(child, 'close');
    user.ok('down', name);
    assert.deepEqual(await ended, [143, null]);
    assert.match(user.ok('ls'), /cable/);
    user.ok('down', '--all');
  });

  test('the library says what it takes, and has it in `netwright rootless`', () => {
    const file = `${user.home}/box.mjs`;
    writeFileSync(file, LIBRARY);
    const direct = user.run(process.execPath, [file]);
    assert.match(direct.stderr, /needs root .*`netwright rootless -- COMMAND`/);
    const { status, stdout, stderr } = user.netwright(['rootless', '--', process.execPath, file]);
    assert.equal(status, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), { allowed: HOST[4], own: 'of the program', denied: `${OUTSIDE[4]}:7001` });
  });
});

/** TCP on some ports, which says who connects. */
const WORLD = `
const net = require('node:net');
for (const port of [7000, 7001, 7002])
  net.createServer((socket) => socket.on('error', () => {}).end(socket.remoteAddress.replace('::ffff:', ''))).listen(port, '::', () => port === 7002 && console.log('ready'));
`;

/**
 * This machine: services on its loopback, a service and an agent's socket of the user's, and name servers. Says how many
 * connections there were to its loopback when it is asked.
 */
const MACHINE = `
const net = require('node:net'), dgram = require('node:dgram'), fs = require('node:fs');
let connections = 0;
const echo = (greeting) => (socket) => {
  connections++;
  let first = true;
  socket.on('error', () => {}).on('data', (data) => { if (first && data.length < 9) socket.write(greeting); else socket.write(data); first = false; }).on('end', () => socket.end());
};
const open = { allowHalfOpen: true };
const listening = [
  net.createServer(open, echo('machine')).listen(7001, '127.0.0.1'),
  net.createServer(open, echo('machine')).listen(7001, '::1'),
  net.createServer(open, echo('machine by ::1')).listen(7006, '::1'),
  net.createServer(open, (socket) => { connections++; socket.resume().on('end', () => socket.end()); }).listen(7008, '127.0.0.1'),
  net.createServer(open, echo('machine')).listen('FOLDER/socket'),
  net.createServer(open, echo('machine')).listen('\\0netwright-test-abstract'),
];
const ADDRESSES = { 'named.example': { 1: '${OUTSIDE[4]}', 28: '${OUTSIDE[6]}' }, 'own.example': { 1: '${HOST[4]}' } };
const bytes = (ip) => ip.includes(':') ? Buffer.from(ip.replace('::', ':' + '0:'.repeat(9 - ip.split(':').length)).split(':').map((g) => g.padStart(4, '0')).join(''), 'hex') : Buffer.from(ip.split('.').map(Number));
const answer = (query) => {
  const end = query.indexOf(0, 12) + 5;
  const labels = []; for (let at = 12; query[at]; at += 1 + query[at]) labels.push(query.toString('latin1', at + 1, at + 1 + query[at]));
  const known = ADDRESSES[labels.join('.')]; const type = query.readUInt16BE(end - 4); const ip = known?.[type];
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(known ? 0x8180 : 0x8183, 2); header.writeUInt16BE(ip ? 1 : 0, 6); header.writeUInt32BE(0, 8);
  const data = ip ? bytes(ip) : Buffer.alloc(0);
  const record = ip ? Buffer.concat([Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length]), data]) : data;
  return Buffer.concat([header, query.subarray(12, end), record]);
};
for (const [port, address] of [[53, '127.0.0.53'], [5353, '127.0.0.1']]) {
  if (port === 53) { const udp = dgram.createSocket('udp4'); udp.on('message', (query, from) => udp.send(answer(query), from.port, from.address)).bind(port, address); }
  listening.push(net.createServer((socket) => socket.on('error', () => {}).on('data', (data) => { const r = answer(data.subarray(2)); socket.end(Buffer.concat([Buffer.from([r.length >> 8, r.length & 255]), r])); })).listen(port, address));
}
let left = listening.length;
for (const server of listening) server.on('listening', () => { if (--left === 0) { fs.chmodSync('FOLDER/socket', 0o777); console.log('ready'); } });
process.stdin.on('data', () => { console.log(connections); connections = 0; });
`;

/** Tries each of its words, all at once, and prints what was said, or which error it was. */
const TRY = `
const net = require('node:net'), dgram = require('node:dgram'), dns = require('node:dns');
const PATIENCE = Number(process.env.PATIENCE ?? 20_000);
const connect = (where, word) => new Promise((done) => {
  let said = ''; let length = 0;
  const socket = net.connect({ ...where, timeout: PATIENCE }, () => {
    if (word === 'sink') socket.end('x'.repeat(1000));
    else if (word === 'big') socket.end('x'.repeat(1e6));
    else socket.write('hello');
  });
  socket.on('data', (data) => { length += data.length; said = String(data); if (word === undefined) { done(said); socket.destroy(); } });
  socket.on('end', () => done(word === 'big' ? String(length) : 'end'));
  socket.on('error', (error) => done((error.errors ?? [error])[0].code));
  socket.on('timeout', () => { done('silence'); socket.destroy(); });
});
const ask = (host, port) => new Promise((done) => {
  const socket = dgram.createSocket('udp4');
  const query = Buffer.concat([Buffer.from('abcd0100000100000000000005', 'hex'), Buffer.from('other'), Buffer.from('0776616c7565730000010001', 'hex')]);
  socket.on('message', (data) => { done('answer'); socket.close(); }).on('error', (error) => { done(error.code); });
  socket.connect(Number(port), host, () => socket.send(query));
  setTimeout(() => done('silence'), PATIENCE);
});
const lookup = (name) => new Promise((done) => dns.resolve6(name, (error, found) => done(error ? error.code : found[0])));
const attempt = (word) => {
  const [place, kind] = word.split(' ').reverse();
  if (kind === 'unix') return connect({ path: place.replace('@', '\\0') });
  if (kind === 'aaaa') return lookup(place);
  const at = place.lastIndexOf(':'); const host = place.slice(0, at).replace(/^\\[|\\]$/g, ''); const port = Number(place.slice(at + 1));
  return kind === 'udp' ? ask(host, port) : connect({ host, port, ...(kind === undefined && /^[a-z.]+$/.test(host) && host !== 'localhost' ? { family: 4 } : {}) }, kind);
};
Promise.all(process.argv.slice(2).map(async (word) => [word, await attempt(word)]))
  .then((seen) => { console.log(JSON.stringify(Object.fromEntries(seen))); process.exit(); });
`;

const LIBRARY = `
import { createServer } from 'node:net';
import { once } from 'node:events';
import { sandbox } from './netwright/dist/library/index.js';

const service = createServer((socket) => socket.on('error', () => {}).on('data', () => socket.end('of the program'))).listen(7003, '127.0.0.1');
await once(service, 'listening');
const denied = [];
const box = await sandbox({ allow: ['named.example:7000'], forwardHost: [7003], onDenied: ({ address, port }) => denied.push(address + ':' + port) });
const { stdout } = await box.exec(process.execPath, ['try.js', 'named.example:7000', '127.0.0.1:7003', '${OUTSIDE[4]}:7001']);
const seen = JSON.parse(stdout);
console.log(JSON.stringify({ allowed: seen['named.example:7000'], own: seen['127.0.0.1:7003'], denied: denied.join() }));
await box.close();
service.close();
`;
