// Labs of a user who is not root: made in a user namespace, found again by later commands, and gone without a trace.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { after, afterEach, before, suite, test } from 'node:test';
import { Account } from '../support/account.ts';
import { attempt, run, sh } from '../support/command.ts';
import { elapse, eventually } from '../support/eventually.ts';
import { assertUnchanged, snapshotHost, type HostSnapshot } from '../support/host.ts';
import { skipWithoutRoot } from '../support/privilege.ts';

const EXAMPLES = readdirSync('examples').filter((name) => name.endsWith('.yaml'));
const OUTSIDE = '100.64.77.10';
const HOST = '100.64.77.2';
const OUTSIDE6 = '2001:db8:77::10';
const HOST6 = '2001:db8:77::2';

const asRoot = (...args: string[]): string => run(process.execPath, 'dist/cli.cjs', ...args);

interface Ls {
  readonly labs: readonly {
    lab: string;
    state: string;
    nodes: readonly { namespace: string; addresses: string[] }[];
  }[];
}

suite('labs without root', { skip: skipWithoutRoot }, () => {
  let user: Account;
  let untouched: HostSnapshot;
  const programs: ChildProcess[] = [];
  const example = (name: string): string => `${user.home}/netwright/examples/${name}`;
  const ls = (): Ls['labs'] => (JSON.parse(user.ok('ls', '--json')) as Ls).labs;

  /** Runs a Node program, as root, and waits until it says that it is ready. */
  const serve = async (script: string, through: readonly string[] = []): Promise<void> => {
    const [command, ...args] = [...through, process.execPath, '-e', script];
    const program = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    programs.push(program);
    await once(program.stdout, 'data');
  };

  before(async () => {
    user = new Account();
    // The world outside, on the other end of this host's cable.
    sh('ip netns add outside');
    sh('ip link set lan1 netns outside');
    sh(`ip -n outside address add ${OUTSIDE}/24 dev lan1`);
    sh('ip -n outside link set lan1 up');
    sh(`ip route add default via ${OUTSIDE}`);
    sh(`ip address add ${HOST6}/64 dev lan0 nodad`);
    sh('ip address add fe80::2/64 dev lan0 nodad');
    sh(`ip -n outside address add ${OUTSIDE6}/64 dev lan1 nodad`);
    sh(`ip route add default via ${OUTSIDE6}`);
    untouched = snapshotHost();
    await serve(MIRROR, ['ip', 'netns', 'exec', 'outside']);
    await serve(RESOLVER);
    writeFileSync('/etc/resolv.conf', 'search example.test\nnameserver 127.0.0.53\n');
  });
  afterEach(async () => {
    user.netwright(['down', '--all']);
    await user.assertNothingLeft();
  });
  after(async () => {
    for (const program of programs) {
      const ended = once(program, 'close');
      if (program.kill('SIGKILL')) await ended;
    }
    await assertUnchanged(untouched);
    sh('ip netns del outside');
  });

  test('every example comes up, outlives the command, is as it expects, and goes', async () => {
    for (const file of EXAMPLES) assert.match(user.ok('up', example(file)), / is up: /);
    assert.equal(user.holders().length, 1, 'all of them are in one world');
    const labs = ls();
    assert.equal(labs.length, EXAMPLES.length);
    const nodes = labs.flatMap((lab) => lab.nodes);
    // The witness is ip, which runs in the world as on any machine.
    const namespaces = nodes.map(({ namespace }) => namespace).join(' ');
    const script = `for name in ${namespaces}; do echo "%$name"; ip -n $name -br address show up; done`;
    const seen = user.ok('rootless', '--', 'sh', '-c', script).split('%');
    for (const { namespace, addresses } of nodes) {
      const sheet = seen.find((text) => text.startsWith(`${namespace}\n`));
      for (const address of addresses) assert.ok(sheet?.includes(` ${address}`), `${address}: ${sheet}`);
    }
    const where = ['readlink', '/proc/self/ns/net'];
    assert.equal(
      user.ok('exec', 'shop.web', ...where),
      user.ok('rootless', 'ip', 'netns', 'exec', 'shop.web', ...where),
    );
    assert.match(user.ok('exec', 'shop.web', 'getent', 'hosts', 'db'), /^10\.30\.0\.20 /);
    assert.match(user.ok('show', 'shop'), /10\.30\.0\.20/);
    const watching = user.spawn(process.execPath, [user.cli, 'watch', 'shop'], { stdio: ['ignore', 'ignore', 'pipe'] });
    assert.match(String(await once(watching.stderr!, 'data')), /watching shop/);
    watching.kill('SIGINT');
    assert.deepEqual(await once(watching, 'close'), [0, null]);
    for (const { lab, state } of labs) {
      assert.equal(state, 'up', lab);
      user.ok('check', lab);
    }
    for (const file of EXAMPLES) user.ok('plan', '--exit-code', example(file));
    assert.match(sh('ip netns'), /^outside.*\n$/, 'nothing shows on the host');
    user.ok('down', '--all');
    assert.deepEqual(user.holders(), [], 'the world has ended with the last of them');
  });

  test('say once what it means, and that there are none where there are none', () => {
    for (const args of [['show'], ['check'], ['watch'], ['exec', 'web', 'true'], ['shell', 'web']])
      assert.match(user.fails(1, ...args), /no lab is up/, args.join(' '));
    assert.match(user.ok('ls'), /no lab is up/);
    assert.match(user.fails(1, 'down', 'shop'), /there is no lab "shop"/);
    assert.match(user.ok('plan', example('shop.yaml')), /^shop: \d+ steps: \d+ to add, \d+ to change, 0 to remove$/m);
    assert.match(user.ok('clean'), /no leftovers/);
    for (const args of [['--version'], ['up', '--help'], ['script', example('shop.yaml')], ['completion', 'bash']])
      user.ok(...args);
    user.fails(3, 'up', 'no-such-file.yaml');
    assert.deepEqual(user.processes(), [], 'none of that has made a world');

    const first = user.netwright(['up', example('shop.yaml')]);
    assert.match(first.stderr, /^working without root: .*user namespace.*\n/);
    const second = user.netwright(['up', example('02-veth-pair.yaml')]);
    assert.equal(second.status, 0);
    assert.doesNotMatch(second.stderr, /without root/);
    assert.match(user.ok('__complete', 'exec', 'shop.w'), /^shop\.web\t/);
  });

  test('take a program of the library’s with them, and node:test', () => {
    const file = `${user.home}/lab.test.mjs`;
    writeFileSync(file, LIBRARY);
    const direct = user.run(process.execPath, ['--test', file]);
    assert.match(direct.stdout, /without root as `netwright rootless -- COMMAND`/);
    const { status, stdout, stderr } = user.netwright(['rootless', '--', process.execPath, '--test', file]);
    assert.equal(status, 0, stdout + stderr);
    assert.deepEqual(
      ls().map(({ lab }) => lab),
      ['left'],
      'what it leaves is found',
    );
  });

  test('let a program be as it is without Netwright', async () => {
    const arrive = (script: string, input = '') => user.netwright(['rootless', '--', 'sh', '-c', script], { input });
    assert.equal(arrive('exit 7').status, 7);
    assert.equal(arrive('kill -TERM $$').signal, 'SIGTERM');
    assert.equal(arrive('cat', 'x'.repeat(300_000)).stdout.length, 300_000);
    assert.equal(arrive('ls /proc/self/fd').stdout, '0\n1\n2\n3\n', 'the folder’s own included');
    assert.equal(arrive('pwd; id -u; cat /proc/sys/net/ipv4/ip_forward').stdout, `${user.home}\n0\n0\n`);
    const strange = ['', ' a  b ', '$HOME', '--', "'", '-n'];
    assert.equal(user.ok('rootless', '--', 'printf', '<%s>', ...strange), strange.map((word) => `<${word}>`).join(''));
    assert.equal(user.netwright(['rootless', '--', 'no-such-program']).status, 127);
    assert.equal(user.netwright(['rootless', '--', '/etc/passwd']).status, 126);
    assert.equal(user.netwright(['rootless'], { input: 'echo $0 $((6 * 7))' }).stdout, '/bin/sh 42\n');

    // The terminal, and that Ctrl-C reaches the program and nobody else.
    const quoted = `exec ${process.execPath} ${user.cli} rootless -- sh -c 'trap "echo caught; exit 5" INT; tty; sleep 20 & wait'`;
    const terminal = user.spawn('script', ['-qec', quoted, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
    let shown = '';
    terminal.stdout!.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      if (text.includes('/dev/pts/')) terminal.stdin!.write('\u0003');
    });
    const [status] = (await once(terminal, 'close')) as [number];
    assert.equal(status, 5, shown);
    assert.match(shown, /\/dev\/pts\/\d+[\s\S]*caught/);

    // The program takes the place of the command, and has no children that it did not start.
    const child = user.spawn(process.execPath, [user.cli, 'rootless', '--', 'sh', '-c', 'echo $$; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [pid] = (await once(child.stdout!, 'data')) as [Buffer];
    assert.equal(Number(pid), child.pid);
    assert.equal(attempt('ps', '--no-headers', '--ppid', String(child.pid)).stdout, '');
    child.kill('SIGKILL');
    await once(child, 'close');
  });

  for (const helper of ['pasta', 'slirp4netns'] as const) {
    test(`reach the host’s network by ${helper}, in the host’s name, and its resolver`, async () => {
      const env = helper === 'pasta' ? {} : { PATH: user.pathWithout('pasta') };
      const up = user.netwright(['up', example('04-internet.yaml')], { env });
      assert.equal(up.status, 0, up.stderr);
      assert.ok(user.processes().some(({ command }) => command.startsWith(`${helper} `)));
      const ask = (script: string, ...args: string[]) =>
        user.ok('exec', 'internet.laptop', '--', process.execPath, '-e', script, ...args).trim();
      assert.equal(ask(ASK, OUTSIDE, '7000'), HOST);
      assert.equal(ask(ASK_UDP, OUTSIDE, '7000'), HOST);
      user.ok('exec', 'internet.laptop', '--', 'ping', '-c1', '-W5', OUTSIDE);
      assert.match(
        user.ok('exec', 'internet.laptop', '--', 'getent', 'ahostsv4', 'named.example.test'),
        /^192\.0\.2\.77 /,
      );
      assert.match(
        user.ok('rootless', '--', 'getent', 'ahostsv4', 'named'),
        /^192\.0\.2\.77 /,
        'the search list stays',
      );
      // What listens on the host's loopback is not for the lab.
      await serve(LISTENER);
      for (const gateway of ['198.19.255.2', '198.19.255.3', '127.0.0.1'])
        assert.notEqual(ask(ASK, gateway, '7001', '500'), 'loopback', gateway);
      const [holder] = user.holders();
      process.kill(holder!, 'SIGKILL');
      await user.assertNothingLeft({ killed: true });
    });
  }

  test('reach the host’s network by IPv6, too, where pasta carries it', () => {
    const topology =
      'name: six\nnetworks: { lan: { subnet: fd99::/64, internet: true } }\nnodes: { a: { networks: [lan] } }\n';
    const up = user.netwright(['up', '-q', '-'], { input: topology });
    assert.equal(up.status, 0, up.stderr);
    assert.equal(user.ok('exec', 'six.a', process.execPath, '-e', ASK, OUTSIDE6, '7000').trim(), HOST6);
  });

  test('say what to install where the way out is missing, and do without where it is not needed', () => {
    const env = { PATH: user.pathWithout('pasta', 'slirp4netns') };
    const { status, stderr } = user.netwright(['up', '-q', example('04-internet.yaml')], { env });
    assert.equal(status, 4);
    assert.match(
      stderr,
      /neither pasta nor slirp4netns is installed; to enable it: sudo apt-get install passt \(or: .*slirp4netns\)/,
    );
    assert.match(user.ok('ls'), /no lab is up/);
    assert.equal(user.netwright(['up', example('shop.yaml')], { env }).status, 0);
    assert.equal(user.netwright(['check', 'shop'], { env }).status, 0);
    assert.match(
      user.netwright(['publish', 'shop.web', '8080:80'], { env }).stderr,
      /^netwright: published ports of lab "shop" need internet access from your user namespace/,
    );
    // Once one is installed the next that needs it finds it.
    user.ok('up', example('04-internet.yaml'));
    user.ok('check', 'internet');
  });

  test('are in one world, however many commands make it at once', async () => {
    const files = EXAMPLES.filter((name) => name !== '04-internet.yaml');
    const ups = files.map((file) =>
      once(user.spawn(process.execPath, [user.cli, 'up', '-q', example(file)], { stdio: 'ignore' }), 'close'),
    );
    assert.deepEqual(
      (await Promise.all(ups)).map(([status]) => status as number),
      files.map(() => 0),
    );
    assert.equal(user.holders().length, 1);
    const labs = ls().map(({ lab }) => lab);
    assert.equal(labs.length, files.length);
    const downs = labs.map((lab) =>
      once(user.spawn(process.execPath, [user.cli, 'down', lab], { stdio: 'ignore' }), 'close'),
    );
    assert.deepEqual(
      (await Promise.all(downs)).map(([status]) => status as number),
      labs.map(() => 0),
    );
  });

  test('survive the killing of whoever makes them, at any moment, and of what holds them', async () => {
    for (let delay = 20; delay <= 500; delay += 60) {
      const maker = user.spawn(process.execPath, [user.cli, 'up', '-q', example('shop.yaml')], { stdio: 'ignore' });
      const ended = once(maker, 'close');
      await elapse(delay);
      maker.kill('SIGKILL');
      await ended;
    }
    user.ok('up', example('shop.yaml'));
    user.ok('check', 'shop');
    assert.equal(user.holders().length, 1);
    process.kill(user.holders()[0]!, 'SIGKILL');
    assert.match(user.ok('ls'), /no lab is up/);
    await user.assertNothingLeft({ killed: true });
    user.ok('up', example('shop.yaml'));
  });

  test('wait for whoever is inside, and end after the last', async () => {
    user.ok('up', example('02-veth-pair.yaml'));
    const guest = user.spawn(process.execPath, [user.cli, 'rootless', '--', 'sh', '-c', 'echo in; read -r _'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(guest.stdout!, 'data');
    user.ok('down', 'cable');
    assert.equal(user.holders().length, 1);
    user.ok('up', '-q', example('02-veth-pair.yaml'));
    assert.match(user.ok('ls'), /cable/);
    user.ok('down', 'cable');
    guest.stdin!.end('\n');
    await once(guest, 'close');
    await user.assertNothingLeft();
  });

  test('are watched, and nobody waits for whoever is inside', async () => {
    const stay = async (...args: string[]): Promise<ChildProcess> => {
      const child = user.spawn(process.execPath, [user.cli, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
      const said = new Promise<string>((resolve) => {
        for (const stream of [child.stdout!, child.stderr!])
          stream.on('data', (text: Buffer) => text.includes('Ctrl-C') && resolve(''));
        child.once('close', () => resolve('it has ended'));
      });
      assert.equal(await said, '', args.join(' '));
      return child;
    };
    const attached = await stay('up', '--attach', example('02-veth-pair.yaml'));
    const watching = await stay('watch', 'cable');
    user.ok('up', '-q', example('shop.yaml'));
    const told = once(watching.stdout!, 'data');
    user.ok('rootless', '--', 'ip', '-n', 'cable.left', 'link', 'set', 'lo', 'down');
    assert.match(String(await told), /bring lo of left up/);
    const ends = [once(watching, 'close'), once(attached, 'close')];
    attached.kill('SIGINT');
    await Promise.all(ends);
    user.ok('down', 'shop');
  });

  test('run programs that become other users, with the ids of /etc/subuid', async () => {
    assert.equal(
      user.ok('rootless', '--', 'setpriv', '--reuid=1234', '--regid=1234', '--clear-groups', 'id', '-u'),
      '1234\n',
    );
    await user.assertNothingLeft();
    run('sed', '-i', `/^${user.name}:/d`, '/etc/subuid');
    assert.match(
      user.ok('rootless', '--', 'cat', '/proc/self/uid_map'),
      /^\s*0\s+\d+\s+1\n$/,
      'without, there is root alone',
    );
  });

  test('are looked into by doctor, without root', () => {
    const { findings } = JSON.parse(user.ok('doctor', '--json')) as {
      findings: { id: string; status: string; detail: string }[];
    };
    const status = Object.fromEntries(findings.map((finding) => [finding.id, finding.status]));
    for (const id of [
      'rootless',
      'rootless-uplink',
      'privileges',
      'namespaces',
      'link-veth',
      'nftables',
      'run-writable',
      'etc-writable',
      'mounts',
    ])
      assert.equal(status[id], 'ok', `${id}: ${findings.find((finding) => finding.id === id)?.detail}`);
    const { stdout } = user.netwright(['doctor', '--json'], { env: { PATH: user.pathWithout('nsenter', 'pasta') } });
    const poor = (JSON.parse(stdout) as { findings: { id: string; status: string; fix?: string }[] }).findings;
    assert.match(poor.find(({ id }) => id === 'rootless')!.fix!, /apt-get install util-linux/);
    assert.equal(poor.find(({ id }) => id === 'namespaces')!.status, 'unknown');
    const env = { PATH: user.pathWithout('unshare') };
    assert.match(user.netwright(['plan', example('shop.yaml')], { env }).stderr, /needs root .*netwright rootless/);
    assert.deepEqual(user.processes(), []);
  });

  test('cannot be had where namespaces are forbidden, which is said with what to change', () => {
    // The limit holds in the user namespace that it is set in: this machine's own stays as it is.
    const script = `echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"`;
    const inside = (...args: string[]) =>
      user.run('unshare', [
        '--map-root-user',
        '--net',
        '--mount',
        'sh',
        '-c',
        script,
        'sh',
        process.execPath,
        user.cli,
        ...args,
      ]);
    const { status, stderr } = inside('rootless', '--', 'true');
    assert.equal(status, 4, stderr);
    assert.match(stderr, /user\.max_user_namespaces is 0: .*sudo sysctl -w user\.max_user_namespaces=15000/);
    const { findings } = JSON.parse(inside('doctor', '--json').stdout) as { findings: { id: string; fix?: string }[] };
    assert.match(findings.find(({ id }) => id === 'rootless')!.fix!, /max_user_namespaces/);
  });

  test('are had by root, too, and in a user namespace', async () => {
    assert.match(
      asRoot('rootless', '--', 'sh', '-c', `"$0" dist/cli.cjs up -q examples/shop.yaml; ip netns`, process.execPath),
      /shop\.web/,
    );
    assert.match(asRoot('ls'), /no lab is up/, 'root’s labs are on the machine itself');
    assert.match(asRoot('rootless', '--', process.execPath, 'dist/cli.cjs', 'check', 'shop'), /as expected/);
    asRoot('rootless', '--', process.execPath, 'dist/cli.cjs', 'down', 'shop');

    const nested = user.run('unshare', [
      '--map-root-user',
      '--net',
      '--mount',
      process.execPath,
      user.cli,
      'rootless',
      '--',
      'sh',
      '-c',
      `"$0" ${user.cli} up -q ${example('shop.yaml')} && "$0" ${user.cli} check shop && "$0" ${user.cli} down shop`,
      process.execPath,
    ]);
    assert.equal(nested.status, 0, nested.stderr);
    const inode = statSync('/proc/self/ns/user').ino;
    const locks = (): string[] => [
      ...readdirSync('/run/user/0'),
      ...readdirSync('/tmp').filter((name) => name.startsWith('netwright-0-') && !name.includes(`-${inode}-`)),
    ];
    await eventually(locks, (left) => left.length === 0, 'locks are left');
  });

  test('leave /run and /etc of the host within reach', async () => {
    const runtime = `/run/user/${user.uid}`;
    const link = 'netwright-test-link';
    run('install', '-d', '-m', '0700', '-o', user.name, '-g', user.name, runtime);
    try {
      symlinkSync(`..${runtime}/file`, `/etc/${link}`);
      writeFileSync(`${runtime}/file`, 'old');
      user.ok('up', '-q', example('02-veth-pair.yaml'));
      assert.ok(
        readdirSync(runtime).some((name) => /^netwright-\d+-\d+-[0-9a-f]+\.lock$/.test(name)),
        'the lock is there',
      );
      writeFileSync(`${runtime}/file`, 'new');
      const script = `cat /etc/${link}; grep -c ^${user.name}: /etc/passwd; echo own > /run/file; cat /run/file`;
      assert.equal(user.ok('rootless', '--', 'sh', '-c', script), 'new1\nown\n');
      assert.ok(!existsSync('/run/file'));
      const sleeping = run('ps', '--no-headers', '-o', 'comm', '-p', String(user.holders()[0]));
      assert.equal(sleeping, 'netwright-hold\n', 'killall sleep does not mean it');
      user.ok('down', 'cable');
      await user.assertNothingLeft();
      assert.deepEqual(readdirSync(runtime), ['file']);
    } finally {
      rmSync(`/etc/${link}`);
      rmSync(runtime, { recursive: true });
    }
  });

  test('have a lock that nobody else can make, or keep from being made', async () => {
    const beginning = `/tmp/netwright-${user.uid}-${statSync('/proc/self/ns/user').ino}`;
    const foreign = [`ln -s /etc/passwd ${beginning}-0.lock`, `install -m 0666 /dev/null ${beginning}-1.lock`];
    foreign.push(
      `mkdir ${beginning}.lock`,
      `mkdir ${beginning}-2.lock`,
      `install -o ${user.name} -d ${beginning}-3.lock`,
    );
    for (const made of foreign) sh(made);
    // Two of its own, as commands make that look at the same time.
    for (const name of ['a', 'b']) sh(`install -o ${user.name} -m 0600 /dev/null ${beginning}-${name}.lock`);
    try {
      user.ok('up', '-q', example('02-veth-pair.yaml'));
      assert.equal(existsSync(`${beginning}-b.lock`), false);
      user.ok('down', 'cable');
      await eventually(
        () => user.holders(),
        (pids) => pids.length === 0,
        'the world ends',
      );
      assert.equal(existsSync(`${beginning}-a.lock`), false);
    } finally {
      sh(`rm -r ${[0, 1, 2, 3].map((n) => `${beginning}-${n}.lock`).join(' ')} ${beginning}.lock`);
    }
  });

  test('say whom they wait for, and take over from what is stuck', async () => {
    // In place of a program that waits for threads that it did not get.
    const bin = `${user.home}/hanging`;
    mkdirSync(bin);
    const PATH = `${bin}:${user.environment['PATH']}`;
    const script = '#!/bin/sh\ncase "$*" in *__set-up*) exec sleep 77.7;; *) exec /usr/bin/unshare "$@";; esac\n';
    writeFileSync(`${bin}/unshare`, script, { mode: 0o755 });
    const hung = (): boolean => user.processes().some(({ command }) => command === 'sleep 77.7');
    const maker = user.spawn(process.execPath, [user.cli, 'up', '-q', example('02-veth-pair.yaml')], {
      stdio: 'ignore',
      env: { ...user.environment, PATH },
    });
    await eventually(hung, Boolean, 'it hangs');
    const ended = once(maker, 'close');
    maker.kill('SIGKILL');
    await ended;
    const { status, stderr } = user.netwright(['up', '-q', example('02-veth-pair.yaml')]);
    assert.equal(status, 0, stderr);
    assert.match(
      stderr,
      /^netwright: waiting for process (\d+) \(sleep\).*\nnetwright: process \1 \(sleep\) was idle for 5 s/,
    );
    user.ok('down', 'cable');
    await user.assertNothingLeft();
    const itself = user.netwright(['up', '-q', example('02-veth-pair.yaml')], { env: { PATH } });
    assert.equal(itself.status, 4);
    assert.match(itself.stderr, /could not be set up: its setup process was idle for 5 s, and was killed; /);
    await user.assertNothingLeft();
  });
});

/** Says to whoever connects, on TCP and UDP, by which address it knows them. */
const MIRROR = `
require('node:net').createServer((socket) => socket.on('error', () => {}).end(socket.remoteAddress.replace('::ffff:', ''))).listen(7000, '::', () => console.log('ready'));
const udp = require('node:dgram').createSocket('udp4');
udp.on('message', (_, from) => udp.send(from.address, from.port, from.address)).bind(7000);
`;
const ASK = `
const [host, port, timeout = 10_000] = process.argv.slice(1);
const socket = require('node:net').connect({ host, port, timeout: Number(timeout) });
socket.on('data', (data) => console.log(String(data))).on('error', (error) => console.log(error.code));
socket.on('timeout', () => { console.log('silence'); socket.destroy(); });
`;
const ASK_UDP = `
const [host, port] = process.argv.slice(1);
const socket = require('node:dgram').createSocket('udp4');
socket.on('message', (data) => { console.log(String(data)); socket.close(); }).send('?', Number(port), host);
setTimeout(() => process.exit(1), 10_000).unref();
`;
const LISTENER = `
require('node:net').createServer((socket) => socket.end('loopback')).on('error', () => console.log('there already'))
  .listen(7001, '127.0.0.1', () => console.log('ready'));
`;
/** A resolver on the host's loopback, as systemd-resolved is: every name has one address. */
const RESOLVER = `
const udp = require('node:dgram').createSocket('udp4');
udp.on('message', (question, from) => {
  const end = question.indexOf(0, 12) + 5;
  const isA = question.readUInt16BE(end - 4) === 1 && question.includes('\\x07example\\x04test');
  const header = Buffer.from(question.subarray(0, 12));
  header.writeUInt16BE(0x8180, 2);
  header.writeUInt16BE(isA ? 1 : 0, 6);
  header.writeUInt32BE(0, 8);
  const answer = isA ? Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 77]) : Buffer.alloc(0);
  udp.send(Buffer.concat([header, question.subarray(12, end), answer]), from.port, from.address);
}).bind(53, '127.0.0.53', () => console.log('ready'));
`;
const LIBRARY = `
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lab } from './netwright/dist/library/index.js';

const topology = (name) => ({ name, networks: { lan: { subnet: '10.0.0.0/24' } }, nodes: { a: { networks: ['lan'] }, b: { networks: ['lan'] } } });
test('a lab', async () => {
  const lab = await Lab.up(topology('taken-down'));
  assert.equal((await lab.node('a').exec('ping', ['-c1', 'b'])).status, 0);
  await lab.down();
  await Lab.up(topology('left'));
});
`;
