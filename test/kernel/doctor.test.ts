import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { libc, O_CLOEXEC, O_RDONLY } from '../../src/ffi/index.ts';
import { doctor, type Finding } from '../../src/doctor/index.ts';
import { hostForwardBlockers } from '../../src/host/index.ts';
import { within } from '../../src/netns/index.ts';

const skip = process.getuid?.() === 0 ? false : 'the witnesses make namespaces, which takes root';

const output = (file: string, ...args: string[]): string => execFileSync(file, args, { encoding: 'utf8' });

/** Whether a shell's commands succeed in a network namespace of their own. */
const works = (script: string): boolean =>
  spawnSync('unshare', ['--net', 'sh', '-ec', script], { stdio: 'ignore' }).status === 0;

const status = (findings: readonly Finding[], id: string): string => {
  const found = findings.find((finding) => finding.id === id);
  assert.ok(found, `there is a finding ${id}`);
  return found.status;
};

/** What would show that something was left behind. */
function traces(): Record<string, unknown> {
  return {
    links: output('ip', '-o', 'link'),
    rules: output('nft', 'list', 'ruleset'),
    mounts: readFileSync('/proc/thread-self/mountinfo', 'utf8'),
    namespaces: ['net', 'mnt', 'user'].map((kind) => readlinkSync(`/proc/thread-self/ns/${kind}`)),
    named: output('ip', 'netns', 'list'),
  };
}

const LOWER = 'ip link add lower type veth';
const WITNESSES: Readonly<Record<string, string>> = {
  'link-veth': 'ip link add x type veth',
  'link-bridge': 'ip link add x type bridge',
  'link-vlan': `${LOWER}; ip link add x link lower type vlan id 5`,
  'link-vxlan': 'ip link add x type vxlan id 5 dstport 4789',
  'link-macvlan': `${LOWER}; ip link add x link lower type macvlan mode bridge`,
  'link-ipvlan': `${LOWER}; ip link add x link lower type ipvlan mode l2`,
  'link-dummy': 'ip link add x type dummy',
  'link-vrf': 'ip link add x type vrf table 10',
  'link-ifb': 'ip link add x type ifb',
  'link-wireguard': 'ip link add x type wireguard',
  'link-tun': 'ip tuntap add x mode tun',
  'qdisc-netem': 'tc qdisc add dev lo root netem delay 1ms',
  'qdisc-tbf': 'tc qdisc add dev lo root tbf rate 1mbit burst 10kb latency 10ms',
  'qdisc-htb': 'tc qdisc add dev lo root htb',
  nftables: 'nft add table inet t; nft "add chain inet t c { type filter hook forward priority 0; }"',
  'nftables-masquerade':
    'nft add table inet t; nft "add chain inet t c { type nat hook postrouting priority 100; }"; nft add rule inet t c masquerade',
  flowtables: 'nft add table inet t; nft "add flowtable inet t f { hook ingress priority 0; devices = { lo }; }"',
  conntrack: 'nft add table inet t; nft add chain inet t c; nft add rule inet t c ct state established accept',
  ipv6: 'ip link set lo up; ip address add fd00::1/64 dev lo',
};

suite('the doctor', { skip }, () => {
  test('finds what ip, tc and nft find', async () => {
    const findings = await doctor();
    for (const [id, script] of Object.entries(WITNESSES)) {
      assert.equal(
        status(findings, id) === 'ok',
        works(script),
        `${id}: ${JSON.stringify(findings.find((one) => one.id === id))}`,
      );
    }
    assert.equal(new Set(findings.map(({ id }) => id)).size, findings.length, 'every id is there once');
    for (const { id, detail, needed, status: is, fix } of findings) {
      assert.match(id, /^[a-z0-9]+(-[a-z0-9]+)*$/);
      assert.ok(detail !== '' && needed !== '');
      if (is === 'warning') assert.ok(fix, `${id} has a remedy`);
    }
  });

  test('leaves nothing behind', async () => {
    await doctor();
    const before = traces();
    const descriptors = readdirSync('/proc/self/fd').length;
    for (let i = 0; i < 3; i++) await doctor();
    assert.equal(readdirSync('/proc/self/fd').length, descriptors);
    assert.deepEqual(traces(), before);
  });

  const script = `import(${JSON.stringify(fileURLToPath(new URL('../../src/doctor/index.js', import.meta.url)))})
    .then(({ doctor }) => doctor()).then((findings) => console.log(JSON.stringify(findings)))`;

  test('says what it cannot know without privileges', (t) => {
    // In a user namespace where nobody is mapped a process has no capabilities.
    const run = spawnSync('unshare', ['--user', process.execPath, '-e', script], { encoding: 'utf8' });
    if (/unshare failed/.test(run.stderr)) {
      t.skip('user namespaces are not allowed here');
      return;
    }
    assert.equal(run.status, 0, run.stderr);
    const findings = JSON.parse(run.stdout) as Finding[];
    assert.equal(status(findings, 'privileges'), 'problem');
    for (const id of ['namespaces', 'link-veth', 'link-vrf', 'qdisc-netem', 'nftables', 'mounts', 'host-forward']) {
      assert.equal(status(findings, id), 'unknown', id);
    }
    assert.equal(status(findings, 'kernel'), 'ok');
  });

  test('tries nothing that it could not come back from', (t) => {
    // Root of a user namespace, but in the host's network namespace.
    const run = spawnSync('unshare', ['--user', '--map-root-user', process.execPath, '-e', script], {
      encoding: 'utf8',
    });
    if (/unshare failed/.test(run.stderr)) {
      t.skip('user namespaces are not allowed here');
      return;
    }
    assert.equal(run.status, 0, run.stderr);
    assert.equal(status(JSON.parse(run.stdout) as Finding[], 'namespaces'), 'unknown');
  });

  test('tries as much in a user namespace', (t) => {
    const run = spawnSync(
      'unshare',
      ['--user', '--map-root-user', '--net', '--mount', process.execPath, '-e', script],
      {
        encoding: 'utf8',
      },
    );
    if (/unshare failed/.test(run.stderr)) {
      t.skip('user namespaces are not allowed here');
      return;
    }
    assert.equal(run.status, 0, run.stderr);
    const findings = JSON.parse(run.stdout) as Finding[];
    for (const id of ['namespaces', 'link-veth', 'link-bridge', 'mounts']) assert.equal(status(findings, id), 'ok', id);
    assert.match(findings.find(({ id }) => id === 'privileges')!.detail, /user namespace/);
  });
});

/** What is found in a network namespace after a shell's commands there. */
function blockersAfter(...commands: string[]): ReturnType<typeof hostForwardBlockers> {
  const name = `nwdoctor${process.pid}`;
  output('ip', 'netns', 'add', name);
  try {
    for (const command of commands) output('ip', 'netns', 'exec', name, 'sh', '-ec', command);
    const fd = libc.open(`/run/netns/${name}`, O_RDONLY | O_CLOEXEC);
    try {
      return within(fd, hostForwardBlockers);
    } finally {
      libc.close(fd);
    }
  } finally {
    output('ip', 'netns', 'delete', name);
  }
}
const has = (command: string): boolean => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;

suite('blockers of forwarding', { skip }, () => {
  const dropping =
    'nft "add table inet own; add chain inet own pass { type filter hook forward priority 0; policy drop; }"';

  test('are none where nothing drops', () => {
    assert.deepEqual(blockersAfter(), []);
    assert.deepEqual(
      blockersAfter('nft "add table ip t; add chain ip t input { type filter hook input priority 0; policy drop; }"'),
      [],
    );
  });

  test('are tables of nftables, until what they hint at is done', () => {
    const [blocker, ...others] = blockersAfter(dropping);
    assert.deepEqual(others, []);
    assert.deepEqual([blocker!.table, blocker!.chain], ['inet own', 'pass']);
    assert.deepEqual(blockersAfter(dropping, blocker!.hint), []);
  });

  const docker = `nft "add table ip filter; add chain ip filter DOCKER-USER;
    add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }; add rule ip filter FORWARD jump DOCKER-USER"`;

  test('are of Docker, by iptables on nftables', () => {
    const [blocker, ...others] = blockersAfter(docker);
    assert.deepEqual(others, []);
    assert.deepEqual([blocker!.table, blocker!.chain], ['ip filter', 'FORWARD']);
    assert.match(blocker!.hint, /^Docker: iptables -I DOCKER-USER -i nw-\+ -j ACCEPT/);
  });

  test(
    'are of Docker, until what they hint at is done',
    { skip: has('iptables-nft') ? false : 'there is no iptables-nft' },
    () => {
      const fix = blockersAfter(docker)[0]!.hint.replace('Docker: ', '').replaceAll('iptables', 'iptables-nft');
      assert.deepEqual(blockersAfter('iptables-nft -P FORWARD DROP; iptables-nft -N DOCKER-USER', fix), []);
    },
  );

  test('are of firewalld, which has no policy that drops', () => {
    const [blocker] = blockersAfter(
      'nft "add table inet firewalld; add chain inet firewalld filter_FORWARD { type filter hook forward priority 10; }"',
    );
    assert.match(blocker!.hint, /firewall-cmd/);
  });

  test('are of the old iptables', (t) => {
    if (!has('iptables-legacy') || !works('iptables-legacy -P FORWARD ACCEPT')) {
      t.skip('there is no iptables-legacy, or the kernel has none of its tables');
      return;
    }
    assert.deepEqual(blockersAfter('iptables-legacy -P FORWARD ACCEPT; iptables-legacy -A INPUT -j DROP'), []);
    const [blocker, ...others] = blockersAfter('iptables-legacy -P FORWARD DROP', 'ip6tables-legacy -P FORWARD DROP');
    assert.deepEqual([blocker!.table, others[0]!.table], ['iptables-legacy filter', 'ip6tables-legacy filter']);
    assert.deepEqual(blockersAfter('iptables-legacy -P FORWARD DROP', blocker!.hint), []);
  });
});
