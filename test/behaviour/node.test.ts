// What programs in a node find without anybody's having asked for it.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { after, before, suite, test } from 'node:test';
import { Lab, planLab, snapshot, type TopologyInput } from '../../src/library/index.ts';
import { PYTHON } from '../support/attempt.ts';
import { parseList, sh } from '../support/command.ts';
import { assertUnchanged, snapshotHost, type HostSnapshot } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';

/** Joins a group, says that it is ready, and prints who sent what it gets. */
const LISTEN = `
import socket, struct, sys
group, port = sys.argv[1], 5353
s = socket.socket(socket.AF_INET6 if ':' in group else socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('', port))
if ':' in group: s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, socket.inet_pton(socket.AF_INET6, group) + struct.pack('@I', socket.if_nametoindex('eth0')))
elif group != '255.255.255.255': s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack('@4s4si', socket.inet_aton(group), bytes(4), socket.if_nametoindex('eth0')))
s.settimeout(20)
print('ready', flush=True)
print(s.recvfrom(100)[1][0], flush=True)
`;

const SEND = `
import socket, sys
group = sys.argv[1]
s = socket.socket(socket.AF_INET6 if ':' in group else socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.sendto(b'anybody?', (group, 5353))
`;

const withSysctls = (sysctls: Record<string, string | number>): TopologyInput => ({
  name: labName('global'),
  nodes: { a: { sysctls } },
});

suite('a node', { skip: skipWithoutRoot }, () => {
  let untouched: HostSnapshot;
  let lab: Lab;
  const topology: TopologyInput & { name: string } = {
    name: labName('node'),
    networks: { lan: { subnet: ['10.83.0.0/24', 'fd83::/64'] }, second: { subnet: '10.84.0.0/24' }, bare: null },
    nodes: {
      a: { networks: ['lan', 'second'] },
      b: { networks: ['lan', 'second'] },
      own: { networks: ['lan', 'second'], routes: ['224.0.0.0/4 dev eth1'] },
      yet: { networks: ['bare'] },
      routed: { networks: ['lan'], routes: ['default via 10.83.0.1'] },
      alone: {},
      closed: { sysctls: { 'net.ipv4.ping_group_range': '1 0' } },
      // As many as are made in another way than the first ones.
      ...Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`n${i}`, {}])),
    },
  };
  before(async () => {
    const warm = await Lab.up({ name: labName('warm'), nodes: { a: {} } });
    await warm.node('a').exec('true');
    await warm.down();
    untouched = snapshotHost();
    lab = await Lab.up(topology);
  });
  after(async () => {
    await lab.down();
    await assertUnchanged(untouched);
  });

  for (const group of ['224.0.0.251', '239.255.255.250', '255.255.255.255', 'ff02::fb', 'ff05::c'])
    test(`without a default route sends to ${group} by its first interface`, async () => {
      const [a, b] = [lab.node('a'), lab.node('b')];
      const listener = b.spawn('python3', ['-c', LISTEN, group], { stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = once(listener, 'exit');
      const lines = createInterface({ input: listener.stdout! })[Symbol.asyncIterator]();
      assert.equal((await lines.next()).value, 'ready');
      await a.exec('python3', ['-c', SEND, group]);
      const from = (await lines.next()).value as string;
      const own = a.interfaces[0]!.addresses.map((address) => address.split('/')[0]);
      assert.ok(own.includes(from) || from.startsWith('fe80:'), from);
      // The next one wants its port.
      await ended;
    });

  test('lets programs of every user ping, unless it is told not to', async () => {
    const ping = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP); s.settimeout(5)
s.sendto(bytes([8, 0, 0, 0, 0, 0, 0, 0]), ('127.0.0.1', 0)); print(s.recv(100)[0])`;
    const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups', PYTHON, '-c', ping];
    for (const node of ['a', 'alone', 'n0', 'n39'])
      assert.equal((await lab.node(node).exec('setpriv', nobody)).stdout.trim(), '0', node);
    assert.notEqual((await lab.node('closed').exec('setpriv', nobody)).status, 0);
    assert.equal(sh(`ip netns exec ${lab.name}.closed sysctl -n net.ipv4.ping_group_range`).trim(), '1\t0');
    assert.deepEqual(planLab({ value: topology }).operations, []);
  });

  test('has routes for many where it has no default route, and none of its own', () => {
    const routes = (node: string): string[] =>
      parseList<{ dst: string; dev: string; protocol: string }>(sh(`ip -n ${lab.name}.${node} -j route`))
        .filter(({ protocol }) => protocol !== 'kernel')
        .map(({ dst, dev }) => `${dst} ${dev}`)
        .toSorted();
    assert.deepEqual(routes('a'), ['224.0.0.0/4 eth0', '255.255.255.255 eth0']);
    assert.deepEqual(routes('own'), ['224.0.0.0/4 eth1', '255.255.255.255 eth0']);
    assert.deepEqual(routes('yet'), ['224.0.0.0/4 eth0', '255.255.255.255 eth0']);
    assert.deepEqual(routes('routed'), ['default eth0']);
    assert.deepEqual(routes('alone'), []);
    const found = snapshot(lab.name);
    assert.deepEqual(found.notes, []);
    assert.deepEqual(
      Object.values(found.topology.nodes!).flatMap((node) => node?.routes ?? []),
      ['224.0.0.0/4 dev eth1', 'default via 10.83.0.1'],
    );
    assert.deepEqual(planLab({ value: topology }).operations, []);
  });

  test('has no settings that are the whole machine’s', async () => {
    // This one stays on once it is, and kernels before 6.10 or so take it from any namespace.
    const latch = '/proc/sys/net/netfilter/nf_hooks_lwtunnel';
    const reason = existsSync(latch) ? /a global setting of the machine.*where it is 0/ : /has no setting/;
    await assert.rejects(Lab.up(withSysctls({ 'net.netfilter.nf_hooks_lwtunnel': 1 })), reason);
    if (existsSync(latch)) assert.equal(readFileSync(latch, 'utf8').trim(), '0');
    // Those that a node may only read, since Linux 5.13.
    await assert.rejects(
      Lab.up(withSysctls({ 'net.netfilter.nf_conntrack_max': 77 })),
      /nf_conntrack_max is one setting of the whole machine: \S+ reads there what it is outside, \d+, and cannot make it 77/,
    );
    const own = { 'net.core.somaxconn': 77, 'net.ipv4.tcp_wmem': '4096 8192 16384', 'net.ipv4.tcp_syncookies': 2 };
    const values = () => Object.keys(own).map((key) => sh(`sysctl -n ${key}`));
    const before = values();
    await using other = await Lab.up(withSysctls(own));
    assert.deepEqual(values(), before);
    await other.down();
  });
});
