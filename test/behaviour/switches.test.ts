// A lab's switches are no hosts on its networks: what nodes send does not change them, and they route nothing for them.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { Lab } from '../../src/library/index.ts';
import { attempt, sh } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { assertUnchanged, snapshotHost, type HostSnapshot } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';

/** One router advertisement (RFC 4861, 4.2) on each interface that is named: a default router, and a prefix. */
const ADVERTISE = `
import socket, struct, sys
for name in sys.argv[1:]:
    s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
    prefix = struct.pack('!BBBBIII', 3, 4, 64, 0xc0, 3600, 3600, 0) + socket.inet_pton(socket.AF_INET6, '2001:db8:77::')
    s.sendto(struct.pack('!BBHBBHII', 134, 0, 0, 64, 0, 1800, 0, 0) + prefix, ('ff02::1', 0, 0, socket.if_nametoindex(name)))
`;

/** Addresses that a namespace has taken from the advertisement. */
const taken = (of: string): string[] => sh(`ip -n ${of} -6 -o address show`).match(/2001:db8:77:\S+/g) ?? [];

suite('the switches of a lab', { skip: skipWithoutRoot }, () => {
  let untouched: HostSnapshot;
  before(async () => {
    await using lab = await Lab.up({
      name: labName('warm'),
      networks: { home: { subnet: ['10.81.0.0/24', 'fd81::/64'], internet: true } },
      nodes: { a: { networks: ['home'] } },
    });
    await lab.node('a').exec('true');
    await lab.down();
    untouched = snapshotHost();
  });

  test('and its routers believe no router that advertises itself; hosts do', async () => {
    const name = labName('ra');
    await using lab = await Lab.up({
      name,
      networks: {
        lan: { subnet: ['10.80.0.0/24', 'fd80::/64'] },
        home: { subnet: ['10.81.0.0/24', 'fd81::/64'], internet: true },
        bare: null,
      },
      nodes: {
        liar: { networks: ['lan', 'home', 'bare'] },
        end: { networks: ['lan', 'home', 'bare'] },
        router: { networks: ['lan', 'home', 'bare'], forward: true },
      },
    });
    await lab.node('liar').exec('python3', ['-c', ADVERTISE, 'eth0', 'eth1', 'eth2']);
    await eventually(
      () => taken(`${name}.end`),
      ({ length }) => length === 3,
      'the end has no address',
    );
    for (const of of [name, `${name}.router`]) {
      assert.deepEqual(taken(of), [], of);
      assert.doesNotMatch(sh(`ip -n ${of} -6 route show default`), /proto ra/, of);
    }
    await lab.down();
    await assertUnchanged(untouched);
  });

  test('route nothing from a network that has no way out', async () => {
    const name = labName('leak');
    sh('sysctl -q net.ipv6.conf.all.forwarding=1');
    try {
      await using lab = await Lab.up({
        name,
        networks: {
          lan: { subnet: ['10.80.0.0/24', 'fd80::/64'] },
          home: { subnet: ['10.81.0.0/24', 'fd81::/64'], internet: true },
        },
        nodes: { inside: { networks: ['lan'] }, other: { networks: ['home'] } },
      });
      const mac = (link: string): string => /link\/ether (\S+)/.exec(sh(`ip -n ${name} -o link show ${link}`))![1]!;
      sh(`ip -n ${name}.inside neighbour add fd80::ff lladdr ${mac('lan')} dev eth0`);
      sh(`ip -n ${name}.inside route add fd81::/64 via fd80::ff`);
      const other = sh(`ip -n ${name}.other -6 -o address show scope global`).match(/fd81::\w+/)![0];
      const arrived = (): number =>
        Number(/^Icmp6InEchos\s+(\d+)/m.exec(sh(`ip netns exec ${name}.other cat /proc/net/snmp6`))![1]);
      const knock = () => attempt('ip', 'netns', 'exec', `${name}.inside`, 'ping', '-c1', '-W1', other);
      knock();
      assert.equal(arrived(), 0);
      // It is this that holds them.
      sh(`ip netns exec ${name} sysctl -q net.ipv6.conf.lan.disable_ipv6=0`);
      await eventually(
        () => (knock(), arrived()),
        (echos) => echos > 0,
        'nothing arrives at all',
      );
      await lab.down();
    } finally {
      sh('sysctl -q net.ipv6.conf.all.forwarding=0');
    }
    await assertUnchanged(untouched);
  });

  test('learn who has joined a group, as bridges do that were up before their ports', async () => {
    const name = labName('snoop');
    await using lab = await Lab.up({
      name,
      networks: { lan: { subnet: '10.80.0.0/24' } },
      nodes: { a: { networks: ['lan'] }, b: { networks: ['lan'] } },
    });
    assert.match(sh(`ip -n ${name} -d link show lan`), /mcast_snooping 1/);
    const join = `
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton('239.1.2.3') + socket.inet_aton('10.80.0.1'))
time.sleep(60)`;
    const member = lab.node('a').spawn('python3', ['-c', join]);
    await eventually(
      () => sh(`bridge -n ${name} mdb show`),
      (groups) => groups.includes('grp 239.1.2.3 temp'),
      'the bridge has heard of no member',
    );
    member.kill();
    await lab.down();
    await assertUnchanged(untouched);
  });
});
