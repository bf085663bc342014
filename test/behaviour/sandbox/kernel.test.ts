// Ways out of a sandbox by other means than packets, each tried in it and, to know that it would be one, without it.
import '../../support/own-host.ts';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
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
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { sandbox, type Sandbox } from '../../../src/library/index.ts';
import { inside, insideEach, outside, PYTHON } from '../../support/attempt.ts';
import { runAll } from '../../support/command.ts';
import { assertUnchanged, snapshotHost, type HostSnapshot } from '../../support/host.ts';
import { skipWithoutRoot } from '../../support/privilege.ts';

/** Numbers of system calls that Python has no words for. */
const SYS =
  process.arch === 'x64'
    ? {
        setns: 308,
        unshare: 272,
        clone: 56,
        mount: 165,
        ptrace: 101,
        process_vm_readv: 310,
        bpf: 321,
        keyctl: 250,
        chroot: 161,
        open_by_handle_at: 304,
      }
    : {
        setns: 268,
        unshare: 97,
        clone: 220,
        mount: 40,
        ptrace: 117,
        process_vm_readv: 270,
        bpf: 280,
        keyctl: 219,
        chroot: 51,
        open_by_handle_at: 265,
      };

suite('out of a sandbox by other means', { skip: skipWithoutRoot }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'netwright-sandbox-'));
  const servers: Server[] = [];
  const victim = spawn('sleep', ['100'], { stdio: 'ignore' });
  let host: HostSnapshot;
  let box: Sandbox;

  before(async () => {
    await using first = await sandbox();
    await first.exec('true');
    await first.close();
    host = snapshotHost();
    for (const path of [join(folder, 'socket'), '/run/netwright-test.sock']) {
      const server = createServer((socket) => socket.on('error', () => {}).end('escaped')).listen(path);
      await once(server, 'listening');
      servers.push(server);
    }
    box = await sandbox({ forwardHost: [1] });
  });
  after(async () => {
    await box.close();
    for (const server of servers) server.close();
    const ended = once(victim, 'close');
    victim.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true });
    await assertUnchanged(host);
  });

  const closed = async (code: string, results: RegExp = /^E[A-Z]+$/): Promise<void> => {
    assert.equal(await outside(code), 'escaped', 'the attempt does not work without a sandbox either');
    assert.match(await inside(box, code), results);
  };

  // --- sockets of other kinds ---

  test('a raw socket of ICMP, TCP or anything', () =>
    closed(
      'for protocol in (1, 6, 255): socket(AF_INET, SOCK_RAW, protocol); socket(AF_INET6, SOCK_RAW, 58)',
      /^EPERM$/,
    ));
  test('packets past IP: AF_PACKET, and its old form', async () => {
    await closed('socket(AF_PACKET, SOCK_RAW, 0x300)', /^EAFNOSUPPORT$/);
    await closed('socket(AF_INET, 10, 0x300)', /^EPERM$/);
  });
  test('GRE, IPIP and ESP', () =>
    closed('for protocol in (47, 4, 50): socket(AF_INET, SOCK_RAW, protocol)', /^EPERM$/));
  test('UDP-Lite and MPTCP', async () => {
    await closed('socket(AF_INET, SOCK_DGRAM, 136)', /^EPROTONOSUPPORT$/);
    await closed('socket(AF_INET, SOCK_STREAM, 262)', /^EPROTONOSUPPORT$/);
  });
  test('SCTP and DCCP, whether or not the kernel has them', async () => {
    const codes = ['SOCK_STREAM, 132', 'SOCK_SEQPACKET, 132', '6, 33'].map((kind) => `socket(AF_INET, ${kind})`);
    assert.deepEqual(await insideEach(box, codes), ['EPROTONOSUPPORT', 'EPERM', 'EPERM']);
  });
  test('the machine below this one: AF_VSOCK', () => closed('socket(AF_VSOCK, SOCK_STREAM)', /^EAFNOSUPPORT$/));
  test('the crypto of the kernel, and other families', async () => {
    // Among them AX.25, IPX, AppleTalk, X.25, RDS, CAN, TIPC, Bluetooth, ALG, NFC, VSOCK and XDP.
    const families = [3, 4, 5, 9, 21, 29, 30, 31, 38, 39, 40, 43, 44];
    const results = await insideEach(
      box,
      families.map((family) => `socket(${family}, SOCK_DGRAM)`),
    );
    assert.deepEqual(
      results,
      families.map(() => 'EAFNOSUPPORT'),
    );
  });
  test('netlink other than of its own routes', async () => {
    await closed('socket(AF_NETLINK, SOCK_RAW, 12)', /^EPROTONOSUPPORT$/);
    assert.equal(await inside(box, 'socket(AF_NETLINK, SOCK_RAW, 0)'), 'escaped', 'which programs need');
  });

  // --- its own network ---

  test('its own addresses, routes, neighbours, links and rules', async () => {
    for (const command of [
      'ip address add 192.0.2.1/32 dev eth0',
      'ip link set eth0 address 02:00:00:00:00:99',
      'ip link add v0 type veth',
      'ip route add 192.0.2.0/24 via 198.19.255.253',
      'ip neighbour replace 198.19.255.253 lladdr 02:00:00:00:00:99 dev eth0',
      'nft flush ruleset',
      'sysctl -w net.ipv4.ip_forward=1',
      'ip netns exec world true',
    ]) {
      const { status } = await box.exec('sh', ['-c', command]);
      assert.notEqual(status, 0, command);
    }
    const { stdout, status } = await box.exec('ip', ['-j', 'route', 'get', '192.0.2.1']);
    assert.equal(status, 0, 'which it may look at');
    assert.match(stdout, /198\.19\.255\.253/);
  });

  // --- namespaces ---

  test('a user namespace, and in it a network', async () => {
    const code = `call(${SYS.unshare}, 0x10000000 | 0x40000000)`;
    await closed(code, /^EPERM$/);
    const flags = [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000, 0x80];
    const results = await insideEach(
      box,
      flags.map((flag) => `call(${SYS.unshare}, ${flag})`),
    );
    assert.deepEqual(
      results,
      flags.map(() => 'EPERM'),
    );
    assert.equal(await inside(box, `call(${SYS.unshare}, 0x400)`), 'escaped', 'other things may be unshared');
  });

  test('a process in namespaces of its own, by clone and clone3', async () => {
    const clone = `
pid = call(${SYS.clone}, 0x10000000 | 0x40000000 | 17, 0, 0, 0, 0)
if pid == 0: os._exit(0)
os.waitpid(pid, 0)`;
    await closed(clone, /^EPERM$/);
    assert.equal(await inside(box, clone.replace('0x10000000 | 0x40000000 | ', '')), 'escaped', 'an ordinary one');
    assert.equal(await inside(box, `call(435, ctypes.create_string_buffer(64), 64)`), 'ENOSYS');
  });

  test("the network of the machine's first process, and of whoever made the sandbox", async () => {
    await closed(`call(${SYS.setns}, os.open('/proc/1/ns/net', os.O_RDONLY), 0)`, /^E(PERM|ACCES)$/);
    for (const pid of [1, process.pid, process.ppid]) {
      const { status } = await box.exec('nsenter', ['--net', '--mount', '--target', String(pid), 'true']);
      assert.notEqual(status, 0);
    }
  });

  test('the processes of the machine: none is to be seen, signalled or looked into', async () => {
    const { stdout } = await box.exec('ls', ['/proc']);
    const seen = stdout.split('\n').filter((name) => /^\d+$/.test(name));
    assert.ok(seen.length <= 4 && !seen.includes(String(victim.pid)), stdout);
    await closed(`os.kill(${victim.pid}, 0)`, /^ESRCH$/);
    await closed(`os.listdir('/proc/${victim.pid}/root/')`, /^E(NOENT|ACCES|PERM)$/);
    await closed(`os.listdir('/proc/${victim.pid}/fd')`, /^ENOENT$/);
  });

  test('the first process of its own, which is not its like', async () => {
    const attempts = [
      ...['root/', 'cwd/'].map((path) => `os.listdir('/proc/1/${path}')`),
      ...['mem', 'fd/0', 'ns/net', 'environ'].map((path) => `open('/proc/1/${path}')`),
    ];
    for (const result of await insideEach(box, attempts)) assert.match(result, /^E(ACCES|PERM)$/);
    assert.match(await inside(box, `os.kill(1, 9); time.sleep(0.05)`), /^E(ACCES|PERM)$|^escaped$/);
  });

  test("another process's memory, by ptrace and without", async () => {
    const child = `
pid = os.fork()
if pid == 0: time.sleep(5); os._exit(0)
try: call(CALL)
finally: os.kill(pid, 9)`;
    await closed(child.replace('CALL', `${SYS.ptrace}, 16, pid, 0, 0`), /^EPERM$/);
    const vector = `(b := ctypes.create_string_buffer(8)) and ctypes.create_string_buffer(struct.pack('QQ', ctypes.addressof(b), 8))`;
    await closed(child.replace('CALL', `${SYS.process_vm_readv}, pid, ${vector}, 1, ${vector}, 1, 0`), /^EPERM$/);
  });

  // --- sockets and descriptors of others ---

  test('an abstract UNIX socket of the machine', async () => {
    const server = spawn(PYTHON, [
      '-c',
      "from socket import *; s = socket(AF_UNIX); s.bind('\\0netwright-test'); s.listen(); print(1, flush=True)\nwhile 1: s.accept()[0].send(b'escaped')",
    ]);
    await once(server.stdout, 'data');
    try {
      await closed(`s = socket(AF_UNIX); s.connect('\\0netwright-test'); assert s.recv(9)`, /^ECONNREFUSED$/);
    } finally {
      server.kill();
      await once(server, 'close');
    }
  });
  test("a service's socket in /run, as Docker's, and one elsewhere", async () => {
    await closed(`s = socket(AF_UNIX); s.connect('/run/netwright-test.sock'); assert s.recv(9)`, /^ENOENT$/);
    await closed(`s = socket(AF_UNIX); s.connect('${folder}/socket'); assert s.recv(9)`, /^ECONNREFUSED$/);
    await closed(`assert os.listdir('/run/netwright')`, /^ENOENT$/);
    assert.equal(
      await inside(
        box,
        `s = socket(AF_UNIX); s.bind('/tmp/netwright-own'); s.listen(); socket(AF_UNIX).connect('/tmp/netwright-own'); os.unlink('/tmp/netwright-own')`,
      ),
      'escaped',
      'its own work',
    );
  });
  test('a descriptor passed by a socket that was there', async () => {
    const path = join(folder, 'passing');
    const giver = spawn(PYTHON, [
      '-c',
      `from socket import *
import array
s = socket(AF_UNIX); s.bind('${path}'); s.listen(); print(1, flush=True)
while True:
    c, _ = s.accept(); t = socket(); c.sendmsg([b'x'], [(SOL_SOCKET, SCM_RIGHTS, array.array('i', [t.fileno()]))]); c.close()`,
    ]);
    await once(giver.stdout, 'data');
    const code = `s = socket(AF_UNIX); s.connect('${path}'); _, fds, _, _ = recv_fds(s, 9, 1); assert fds`;
    try {
      await closed(code, /^ECONNREFUSED$/);
    } finally {
      giver.kill();
      await once(giver, 'close');
    }
  });
  test('variables that lead to the sockets of agents', async () => {
    const env = { ...process.env, SSH_AUTH_SOCK: '/tmp/agent', DOCKER_HOST: 'unix:///x', KEPT: '1' };
    const { stdout } = await box.exec('env', [], { env });
    assert.doesNotMatch(stdout, /SSH_AUTH_SOCK|DOCKER_HOST/);
    assert.match(stdout, /^KEPT=1$/m);
  });
  test('descriptors that whoever started it had open', async () => {
    // This process has many, and is started with one that is not closed by itself.
    const { stdout } = await box.exec('sh', ['-c', 'ls /proc/self/fd; ls -l /proc/$$/fd']);
    assert.deepEqual(
      stdout.split('\n').filter((line) => /^\d+$/.test(line)),
      ['0', '1', '2', '3'],
    );
  });

  // --- the kernel ---

  test('io_uring, which makes calls that no filter sees', async () => {
    assert.equal(await inside(box, `call(425, 8, ctypes.create_string_buffer(120))`), 'ENOSYS');
    assert.match(await outside(`call(425, 8, ctypes.create_string_buffer(120))`), /^(escaped|EPERM)$/);
  });
  test('bpf, keys and handles of files', async () => {
    await closed(
      `call(${SYS.bpf}, 0, ctypes.create_string_buffer(struct.pack('IIIII', 2, 4, 8, 1, 0) + bytes(100)), 72)`,
      /^EPERM$/,
    );
    await closed(`call(${SYS.keyctl}, 0, -3, 0)`, /^EPERM$/);
    assert.equal(await inside(box, `call(${SYS.open_by_handle_at}, 0, ctypes.create_string_buffer(64), 0)`), 'EPERM');
  });
  test('mounts and other roots', async () => {
    await closed(`call(${SYS.mount}, b'none', b'/mnt', b'tmpfs', 0, 0); os.system('umount /mnt')`, /^EPERM$/);
    await closed(`call(${SYS.chroot}, b'/')`, /^EPERM$/);
    const { status } = await box.exec('umount', ['/run']);
    assert.notEqual(status, 0);
  });
  test('32-bit calls, whose numbers are others', { skip: process.arch !== 'x64' }, async () => {
    // mov eax, 20; int 0x80; ret: getpid.
    const code = `
import mmap
m = mmap.mmap(-1, 4096, prot=7); m.write(bytes.fromhex('b814000000cd80c3'))
f = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))
r = f()
if r < 0: raise OSError(-r, '')`;
    assert.match(await outside(code), /^(escaped|ENOSYS|)$/);
    assert.match(await inside(box, code), /^(ENOSYS|)$/);
    assert.equal(await inside(box, `call(0x40000000 + 39)`), 'ENOSYS');
  });
  test('programs that the kernel starts for whoever asks: core_pattern and the like', async () => {
    assert.equal(await inside(box, `open('/proc/sys/kernel/core_pattern', 'r+')`), 'EROFS');
    const others = `
for folder, folders, files in os.walk('/proc'):
    if folder == '/proc': folders[:] = [f for f in folders if not f.isdigit() and not os.path.islink('/proc/' + f)]
    for path in [folder + '/' + f for f in files if os.path.isfile(folder + '/' + f) and not os.path.islink(folder + '/' + f)]:
        assert not (os.stat(path).st_mode & 0o222 and os.access(path, os.W_OK)), path`;
    assert.equal(await inside(box, others), 'escaped', 'nothing of the machine may be written');
    assert.match(await inside(box, `open('/sys/kernel/uevent_helper', 'r+')`), /^E(ROFS|NOENT)$/);
    assert.equal(await outside(`open('/proc/sys/kernel/core_pattern', 'r+')`), 'escaped');
  });
  test('file systems of the kernel, wherever they are mounted, as for a chroot', async () => {
    const types = ['proc', 'sysfs', 'cgroup2', 'devpts', 'devtmpfs', 'mqueue', 'bpf', 'debugfs', 'tracefs', 'configfs'];
    types.push('securityfs', 'binfmt_misc', 'fusectl', 'efivarfs', 'pstore', 'rpc_pipefs', 'nfsd', 'selinuxfs');
    const base = join(folder, 'with blank');
    const place = (type: string): string => join(base, type);
    mkdirSync(base);
    for (const type of types) mkdirSync(place(type));
    writeFileSync(place('nsfs'), '');
    runAll([
      // A kernel that lacks one has nothing to hide.
      ...types.map((type) => `mount -t ${type} none '${place(type)}' 2>/dev/null`),
      `mount --bind /proc/self/ns/net '${place('nsfs')}'`,
    ]);
    const mounted = [...types, 'nsfs'].filter((type) => statSync(place(type)).dev !== statSync(base).dev);
    try {
      assert.ok(mounted.length > 6, mounted.join());
      for (const isolate of [['pid', 'ipc', 'uts'], ['ipc'], ['pid', 'ipc', 'uts', 'mnt', 'user']] as const) {
        await using other = await sandbox({ isolate, writable: [folder] });
        const seen = await insideEach(
          other,
          mounted.map((type) => `assert os.stat('${place(type)}').st_dev != ${statSync(place(type)).dev}`),
        );
        assert.deepEqual(
          seen,
          mounted.map(() => 'escaped'),
          mounted.join(),
        );
      }
    } finally {
      runAll(mounted.map((type) => `umount '${place(type)}'`));
    }
  });
  test('message queues and shared memory of the machine', async () => {
    const queues = join(folder, 'queues');
    const shared = `netwright-test-${process.pid}`;
    mkdirSync(queues);
    runAll([`mount -t mqueue none ${queues}`]);
    writeFileSync(`/dev/shm/${shared}`, '');
    writeFileSync(join(queues, shared), '');
    // One queue may be bound somewhere by itself, where no folder can be mounted.
    const single = join(folder, 'single-queue');
    writeFileSync(single, '');
    runAll([`mount --bind ${queues}/${shared} ${single}`]);
    try {
      await using beside = await sandbox();
      assert.equal(
        await inside(beside, `assert os.stat('${single}').st_dev == os.stat('/dev/null').st_dev`),
        'escaped',
      );
      await closed(`open('${queues}/${shared}')`, /^ENOENT$/);
      await closed(`open('/dev/shm/${shared}')`, /^ENOENT$/);
      const own = `open('${queues}/own', 'w'); open('/dev/shm/own', 'w'); assert os.listdir('${queues}') == ['own']`;
      assert.equal(await inside(box, own), 'escaped', 'it has its own');
      assert.ok(!readdirSync(queues).includes('own'));
      assert.deepEqual(existsSync('/dev/shm/own'), false);
      // Who shares the machine's has the machine's.
      await using sharing = await sandbox({ isolate: ['pid'] });
      assert.equal(await inside(sharing, `open('${queues}/${shared}'); open('/dev/shm/${shared}')`), 'escaped');
      // A working directory there is the machine's.
      const cwd = mkdtempSync('/dev/shm/netwright-work-');
      assert.equal((await box.exec('sh', ['-c', 'ls ..; echo > here'], { cwd })).stdout, `${basename(cwd)}\n`);
      assert.deepEqual(readdirSync(cwd), ['here']);
      rmSync(cwd, { recursive: true });
    } finally {
      rmSync(`/dev/shm/${shared}`);
      runAll([`umount ${single}`]);
      rmSync(join(queues, shared));
      runAll([`umount ${queues}`]);
    }
  });
  test('terminals of others: pseudoterminals, consoles, serial lines, and what screens show', async () => {
    const owner = spawn(PYTHON, [
      '-c',
      'import os, time; m, s = os.openpty(); print(os.ttyname(s), flush=True); time.sleep(100)',
    ]);
    const other = String(((await once(owner.stdout, 'data')) as [Buffer])[0]).trim();
    const consoles = `[n for n in os.listdir('/dev') if (f := os.lstat('/dev/' + n)) and stat.S_ISCHR(f.st_mode) and os.major(f.st_rdev) in (4, 7)]`;
    const own = `
import pty
m, s = pty.openpty(); assert os.isatty(s) and os.ttyname(s) == '/dev/pts/0'
os.write(m, b'typed\\n'); assert os.read(s, 9) == b'typed\\n'
assert sorted(os.listdir('/dev/pts')) == ['0', 'ptmx']`;
    try {
      for (const isolate of [['pid', 'ipc', 'uts'], ['uts'], ['pid', 'ipc', 'uts', 'mnt', 'user']] as const) {
        await using some = await sandbox({ isolate });
        const code = `os.write(os.open('${other}', os.O_WRONLY | os.O_NOCTTY), b'x')`;
        assert.equal(await outside(code), 'escaped');
        assert.equal(await inside(some, code), 'ENOENT');
        assert.equal(await inside(some, `assert not ${consoles}`), 'escaped');
        assert.equal(await inside(some, own), 'escaped', 'it may make its own');
      }
    } finally {
      owner.kill();
      await once(owner, 'close');
    }
  });
  test('privileges from files, and those that were taken', async () => {
    const { stdout } = await box.exec('grep', [
      '-E',
      '^(Cap(Bnd|Eff|Prm|Amb)|NoNewPrivs|Seccomp):',
      '/proc/self/status',
    ]);
    const lines = stdout.trim().split('\n');
    const status = Object.fromEntries(lines.map((line) => line.split(/:\s*/) as [string, string]));
    const kept = '00000000000004fb';
    assert.deepEqual(status, {
      CapPrm: kept,
      CapEff: kept,
      CapBnd: kept,
      CapAmb: '0'.repeat(16),
      NoNewPrivs: '1',
      Seccomp: '2',
    });
  });
  test('letters typed into the terminal of whoever started it', async () => {
    const code = `
import fcntl, pty, termios
m, s = pty.openpty()
pid = os.fork()
if pid == 0:
    os.setsid(); fcntl.ioctl(s, termios.TIOCSCTTY, 0)
    try: fcntl.ioctl(s, termios.TIOCSTI, b'x'); os._exit(0)
    except OSError as e: os._exit(e.errno)
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
if code: raise OSError(code, '')`;
    assert.match(await outside(code), /^(escaped|EIO)$/);
    assert.equal(await inside(box, code), 'EPERM');
  });

  // --- what it is told ---

  test('what is no option of a command is an error, and no timeout is too long', async () => {
    const wrong: readonly (readonly [args: unknown[], message: RegExp])[] = [
      [[5], /command must be a string, not 5/],
      [['true', 'x'], /args must be an array of strings, not "x"/],
      [['true', [], { cwdd: '/' }], /unknown key "cwdd" .*did you mean "cwd"/],
      [['true', [], { cwd: '/nowhere' }], /the working directory \/nowhere is not a folder/],
      [['true', [], { timeout: '5' }], /options\.timeout must be a number of milliseconds/],
    ];
    for (const [args, message] of wrong)
      await assert.rejects(box.exec(...(args as [string])), { code: 'ERR_USAGE', message });
    for (const timeout of [Infinity, 2 ** 31])
      assert.equal((await box.exec('sleep', ['0.1'], { timeout })).status, 0, String(timeout));
  });

  // --- afterwards ---

  test('what it leaves running ends with it', async () => {
    const mark = `netwright-left-${process.pid}`;
    const { stdout } = await box.exec('sh', [
      '-c',
      `(setsid sh -c 'exec -a ${mark} sleep 100' || true) & setsid sleep 97.531 & sleep 0.1; echo done`,
    ]);
    assert.equal(stdout, 'done\n');
    const [found] = runAll(['pgrep -f "sleep 97.531"']);
    assert.equal(found!.trim(), '');
  });

  test('with user: root of nothing, and still nothing to be had', async () => {
    await using other = await sandbox({ isolate: ['pid', 'ipc', 'uts', 'user'] });
    assert.match((await other.exec('cat', ['/proc/self/uid_map'])).stdout, /^\s*0\s+0\s+1$/m);
    for (const command of [
      'ip link set lo down',
      'ip address add 192.0.2.1/32 dev eth0',
      'mount -t tmpfs none /mnt',
      'unshare --net true',
      'nsenter --net --target 1 true',
      'unshare --user --net true',
    ])
      assert.notEqual((await other.exec('sh', ['-c', command])).status, 0, command);
    assert.equal(await inside(other, 'socket(AF_INET, SOCK_RAW, 1)'), 'EPERM');
  });

  test('with mnt: nothing is written but where it works', async () => {
    const file = join(folder, 'kept');
    writeFileSync(file, 'before');
    await using other = await sandbox({ isolate: ['pid', 'mnt'], writable: [folder] });
    const cwd = mkdtempSync(join(folder, 'work-'));
    const { stdout, stderr } = await other.exec(
      'sh',
      [
        '-c',
        `echo x > here && echo x > ${file} && echo x > /tmp/own && echo x > /dev/shm/own && ls /tmp; echo x > /etc/netwright-test; echo x > /root/netwright-test`,
      ],
      { cwd },
    );
    assert.match(stdout, /^own$/m);
    assert.equal(stderr.match(/Read-only file system/g)?.length, 2, stderr);
    const devices = await other.exec('sh', ['-c', 'ls /dev; echo x > /dev/null; head -c1 /dev/zero | wc -c']);
    assert.equal(
      devices.stdout,
      'fd\nfull\nnull\nptmx\npts\nrandom\nshm\nstderr\nstdin\nstdout\ntty\nurandom\nzero\n1\n',
    );
    assert.equal(readFileSync(file, 'utf8'), 'x\n');
    assert.equal(readFileSync(join(cwd, 'here'), 'utf8'), 'x\n');
  });
});
