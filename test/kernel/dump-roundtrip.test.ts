// Whatever the kernel says survives being read and written: in the namespace the tests run in, and in a new one with
// as many kinds of object as the kernel has. `ip` makes those, and says how many there are.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { AF_BRIDGE, AF_INET, AF_INET6, AF_UNSPEC, CLONE_NEWNET, libc } from '../../src/ffi/index.ts';
import { NETLINK_ROUTE, NetlinkSocket } from '../../src/netlink/index.ts';
import {
  addressMessage,
  bridgeLinkMessage,
  getAddresses,
  getLink,
  getLinks,
  getRoutes,
  getRules,
  linkMessage,
  neighbourMessage,
  NTF_PROXY,
  routeMessage,
  RTEXT_FILTER_BRVLAN,
  RTEXT_FILTER_VF,
  RTM_GETADDR,
  RTM_GETLINK,
  RTM_GETNEIGH,
  RTM_GETROUTE,
  RTM_GETRULE,
  ruleMessage,
} from '../../src/rtnetlink/index.ts';
import { Writer, type AnyCodec } from '../../src/wire/index.ts';
import { eventuallyHolds } from '../support/eventually.ts';

const skip = libc.geteuid() === 0 ? false : 'it needs root';

const dumps: readonly {
  readonly what: string;
  readonly type: number;
  readonly codec: AnyCodec;
  readonly value: object;
}[] = [
  { what: 'links', type: RTM_GETLINK, codec: linkMessage, value: {} },
  { what: 'links with all there is', type: RTM_GETLINK, codec: linkMessage, value: { extMask: RTEXT_FILTER_VF } },
  {
    what: 'ports of bridges',
    type: RTM_GETLINK,
    codec: bridgeLinkMessage,
    value: { family: AF_BRIDGE, extMask: RTEXT_FILTER_BRVLAN },
  },
  { what: 'addresses', type: RTM_GETADDR, codec: addressMessage, value: { family: AF_UNSPEC } },
  { what: 'routes', type: RTM_GETROUTE, codec: routeMessage, value: { family: AF_UNSPEC } },
  { what: 'rules', type: RTM_GETRULE, codec: ruleMessage, value: { family: AF_UNSPEC } },
  { what: 'neighbours', type: RTM_GETNEIGH, codec: neighbourMessage, value: { family: AF_UNSPEC } },
  {
    what: 'proxied neighbours',
    type: RTM_GETNEIGH,
    codec: neighbourMessage,
    value: { family: AF_UNSPEC, flags: NTF_PROXY },
  },
  { what: 'forwarding databases', type: RTM_GETNEIGH, codec: neighbourMessage, value: { family: AF_BRIDGE } },
];

/** Dumps and compares; returns how many of each there are. */
function roundTrip(): Record<string, number> {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  const counts: Record<string, number> = {};
  for (const { what, type, codec, value } of dumps) {
    let count = 0;
    socket.dumpRaw(
      { type, codec, value, operation: `list the ${what}` },
      (from, start, end) => {
        count++;
        const read: unknown = codec.read(from, start, end);
        const to = new Writer();
        codec.write(to, read);
        assert.equal(hex(to.written()), hex(from.u8.subarray(start, end)), `one of the ${what}`);
      },
      () => {
        count = 0;
      },
    );
    counts[what] = count;
  }
  return counts;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('the namespace the tests run in', { skip }, () => {
  const counts = roundTrip();
  assert.ok(counts['links']! > 0, 'even an empty namespace has a loopback');
});

test('a new namespace with all kinds of object', { skip }, async (t) => {
  // This thread stays there: the process is this file's own, and `ip` starts from this thread.
  libc.unshare(CLONE_NEWNET);
  const made = commands.filter((command) => spawnSync(command[0]!, command.slice(1)).status === 0);
  if (made.length === 0) return t.skip('neither ip nor bridge can be run');
  t.diagnostic(`${made.length} of ${commands.length} commands worked`);

  // The kernel goes on by itself for a while: link-local addresses and what IPv6 sends at first come and go.
  await t.test('as many as ip says', async () =>
    eventuallyHolds(() => {
      const counts = roundTrip();
      assert.equal(counts['links'], ip('link').length);
      assert.equal(
        counts['addresses'],
        ip('address').reduce((sum, { addr_info: list }) => sum + (list as unknown[]).length, 0),
      );
      using socket = NetlinkSocket.open(NETLINK_ROUTE);
      assert.equal(
        getRoutes(socket).length,
        ip('-4', 'route', 'show', 'table', 'all').length + ip('-6', 'route', 'show', 'table', 'all').length,
      );
      assert.equal(getRules(socket).length, ip('-4', 'rule').length + ip('-6', 'rule').length);
      assert.equal(counts['neighbours'], ip('neighbour', 'show', 'nud', 'all').length);
      assert.equal(counts['proxied neighbours'], ip('neighbour', 'show', 'proxy').length);
    }),
  );

  await t.test('the same as ip says', async () =>
    eventuallyHolds(() => {
      using socket = NetlinkSocket.open(NETLINK_ROUTE);
      const said = ip('-details', 'link');
      assert.deepEqual(
        getLinks(socket).map(({ index, name, mtu, address, linkInfo, alias, propList }) => ({
          index,
          name,
          mtu,
          address,
          kind: linkInfo?.kind,
          alias,
          propList,
        })),
        said.map(({ ifindex, ifname, mtu, address, linkinfo, ifalias, altnames }) => ({
          index: ifindex,
          name: ifname,
          mtu,
          address,
          kind: (linkinfo as { info_kind?: string } | undefined)?.info_kind,
          alias: ifalias,
          propList: altnames,
        })),
      );
      assert.deepEqual(
        getAddresses(socket)
          .map(({ local, address, prefixLength, label }) => ({ local: local ?? address, prefixLength, label }))
          .toSorted(byJson),
        ip('address')
          .flatMap(({ addr_info: list }) => list as Record<string, unknown>[])
          .map(({ local, prefixlen, label }) => ({ local, prefixLength: prefixlen, label }))
          .toSorted(byJson),
      );
      assert.equal(getLink(socket, 'a-very-long-alternative-name').name, 'v0');
      assert.equal(getLink(socket, 'second').name, 'v0');
      assert.throws(() => getLink(socket, 'nobody'), { code: 'ENODEV' });
    }),
  );

  await t.test('the kernel filters as asked', () => {
    using socket = NetlinkSocket.open(NETLINK_ROUTE);
    const bridge = getLink(socket, 'br0').index;
    assert.deepEqual(
      getLinks(socket, { master: bridge }).map(({ name }) => name),
      ['v0'],
    );
    const v1 = getLink(socket, 'v1').index;
    const ofV1 = getAddresses(socket, { index: v1 });
    assert.ok(ofV1.length > 0 && ofV1.every(({ index }) => index === v1));
    assert.ok(getAddresses(socket, { family: AF_INET6 }).every(({ family }) => family === AF_INET6));
    const blackhole = getRoutes(socket, { family: AF_INET, table: 1000 });
    assert.deepEqual(
      blackhole.map(({ dst, table }) => ({ dst, table })),
      [{ dst: '10.53.0.0', table: 1000 }],
    );
    assert.ok(
      getRoutes(socket, { oif: v1 }).every(
        ({ oif, multipath }) => oif === v1 || multipath?.some(({ index }) => index === v1),
      ),
    );
  });
});

const byJson = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

function ip(...args: string[]): Record<string, unknown>[] {
  const { stdout, stderr, status } = spawnSync('ip', ['-json', ...args], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout === '' ? '[]' : stdout) as Record<string, unknown>[];
}

/** What a kernel may lack is allowed to fail. */
const commands = `
  ip link set lo up
  ip link add br0 type bridge
  ip link add v0 address 02:00:00:00:00:0a type veth peer name v1 address 02:00:00:00:00:0b
  ip link property add dev v0 altname a-very-long-alternative-name altname second
  ip link set v0 master br0 up alias netwright:test
  ip link set br0 up
  ip link set v1 up
  ip link set br0 type bridge vlan_filtering 1
  bridge vlan add dev v0 vid 10-20
  ip addr add 10.9.0.1/24 dev v1 label v1:x
  ip addr add 10.9.0.9 peer 10.9.0.10/32 dev v1
  ip addr add fd00:9::1/64 dev v1 nodad
  ip link add vxlan0 type vxlan id 42 group 239.1.1.1 dev v1 dstport 4789 local 10.9.0.1
  ip link add vx6 type vxlan id 43 remote fd00:9::2 dstport 4789
  ip link add mv0 link v1 type macvlan mode bridge
  ip link add vl0 link v1 type vlan id 7 egress-qos-map 1:2
  ip link add iv0 link v0 type ipvlan mode l3
  ip link add vrf0 type vrf table 100
  ip link add du0 type dummy
  ip link add gre7 type gre remote 10.9.0.3 local 10.9.0.1
  ip link add ifb7 type ifb
  ip tuntap add tap0 mode tap
  ip route add 10.50.0.0/16 nexthop via 10.9.0.2 weight 3 nexthop via 10.9.0.3 weight 1
  ip route add 10.51.0.0/16 via 10.9.0.2 mtu 1400 advmss 1300 metric 77 src 10.9.0.1
  ip route add 10.52.0.0/16 via inet6 fd00:9::5 dev v1
  ip route add blackhole 10.53.0.0/16 table 1000
  ip -6 route add fd00:50::/64 via fd00:9::2 expires 500
  ip -6 route add fd00:51::/64 nexthop via fd00:9::2 nexthop via fd00:9::3
  ip -6 route add unreachable fd00:52::/64
  ip rule add from 10.0.0.0/8 iif v1 fwmark 0x10/0xff table 1000 priority 100
  ip rule add to 10.1.0.0/16 uidrange 1-5 ipproto tcp dport 80-90 goto 32766 priority 50
  ip -6 rule add from fd00::/8 blackhole priority 99
  ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:22 dev v1
  ip neigh add fd00:9::2 lladdr 02:00:00:00:00:22 dev v1
  ip neigh add proxy 10.9.0.77 dev v1
  bridge fdb append 00:00:00:00:00:00 dev vx6 dst fd00:9::7
`
  .trim()
  .split('\n')
  .map((line) => line.trim().split(' '));
