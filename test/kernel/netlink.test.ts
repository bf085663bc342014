// The socket under everything: what the kernel answers when much fails, when somebody else speaks on the same socket or to
// it, without root, and when it has objects that are none of ours.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, suite, test } from 'node:test';
import { parseIp } from '../../src/addr/index.ts';
import { libc } from '../../src/ffi/index.ts';
import { NETLINK_NETFILTER, NETLINK_ROUTE, NetlinkSocket, type Batch } from '../../src/netlink/index.ts';
import { listTables, Transaction } from '../../src/nftables/index.ts';
import {
  findNeighbour,
  findRoute,
  getAddresses,
  getFdb,
  getLink,
  getLinks,
  getNeighbours,
  getRoutes,
  routeMessage,
  RTM_DELROUTE,
  RTM_GETROUTE,
  type RouteMessage,
} from '../../src/rtnetlink/index.ts';
import type { Codec } from '../../src/wire/index.ts';
import { feed, sh } from '../support/command.ts';
import { assertUnchanged, snapshotHost, type HostSnapshot } from '../support/host.ts';
import { skipWithoutRoot } from '../support/privilege.ts';

const routeRequest = routeMessage as Codec<Partial<RouteMessage>>;

const breakOff = (): never => {
  throw new Error('enough');
};

/** Adds the deletion of a route that is not there. */
const deleteRoute = (batch: Batch, number: number, ...codes: readonly string[]): void => {
  const dst = `10.200.${number >> 8}.${number & 255}` as RouteMessage['dst'] & string;
  batch.add(RTM_DELROUTE, 0, routeRequest, { family: 2, dstLength: 32, dst }, `delete route ${number}`, { codes });
};

suite('a netlink socket', { skip: skipWithoutRoot }, () => {
  let socket: NetlinkSocket;
  let host: HostSnapshot;
  before(() => {
    host = snapshotHost();
    sh('ip link set lo up');
    sh('ip link add v0 type veth peer name v1');
    sh('ip address add 10.9.0.1/24 dev v0');
    sh('ip link set v0 up');
    sh('ip link set v1 up');
    socket = NetlinkSocket.open(NETLINK_ROUTE);
  });
  after(() => {
    socket.close();
    sh('ip link delete v0');
    return assertUnchanged(host);
  });

  test('hears of a failure whatever else was asked while the batch was put together', () => {
    const batch = socket.batch();
    deleteRoute(batch, 1, 'ESRCH');
    assert.ok(getLinks(socket).length >= 3);
    deleteRoute(batch, 2);
    assert.throws(() => batch.send(), { code: 'ESRCH', index: 1, message: /delete route 2/ });
  });

  test('takes more failures than its receive buffer holds', () => {
    const batch = socket.batch();
    for (let i = 0; i < 2000; i++) deleteRoute(batch, i, ...(i === 1999 ? [] : ['ESRCH']));
    assert.throws(() => batch.send(), { code: 'ESRCH', index: 1999, message: /delete route 1999/ });
    using netfilter = NetlinkSocket.open(NETLINK_NETFILTER);
    const transaction = new Transaction();
    for (let i = 0; i < 2000; i++) transaction.deleteChain({ family: 'inet', name: 'none' }, `c${i}`);
    assert.throws(() => transaction.commit(netfilter), { code: 'ENOENT', message: /delete chain c0/ });
  });

  test('sends what is queued before messages that would not all go with it', () => {
    using socket = NetlinkSocket.open(NETLINK_ROUTE);
    for (const [queued, left] of [
      [126, 126],
      [127, 0],
    ] as const) {
      const batch = socket.batch();
      for (let i = 0; i < queued; i++) deleteRoute(batch, i, 'ESRCH');
      batch.keepTogether(2);
      assert.equal(batch.count, left);
      for (let i = 0; i < 2; i++) deleteRoute(batch, i, 'ESRCH');
      assert.equal(batch.count, left + 2);
      batch.send();
    }
  });

  test('lists again after a list that was broken off', () => {
    feed(
      Array.from({ length: 1000 }, (_, i) => `route add 10.${100 + (i >> 8)}.${i & 255}.0/24 dev v0\n`).join(''),
      'ip',
      '-batch',
      '-',
    );
    const request = { type: RTM_GETROUTE, codec: routeRequest, value: { family: 2 }, operation: 'list the routes' };
    assert.throws(() => socket.dumpRaw(request, breakOff, () => {}), /enough/);
    assert.ok(getRoutes(socket).length >= 1000);
  });

  test('finds nothing of an interface that has gone meanwhile', () => {
    for (const command of ['add gone type veth peer name gone1', 'set gone up', 'set gone1 up'])
      sh(`ip link ${command}`);
    sh('ip address add 10.77.0.1/24 dev gone');
    const { index } = getLink(socket, 'gone');
    const [own, neighbour] = [parseIp('10.77.0.1'), parseIp('10.77.0.9')];
    const arrival = { iif: index, from: neighbour };
    const ask = () => ({
      routes: getRoutes(socket, { oif: index }).length,
      ipv4Routes: getRoutes(socket, { family: 2, oif: index }).length,
      addresses: getAddresses(socket, { index }).length,
      ipv6Addresses: getAddresses(socket, { family: 10, index }).length,
      neighbours: getNeighbours(socket, { index }).length,
      neighbour: findNeighbour(socket, index, neighbour),
      fdb: getFdb(socket, { index }).length + getFdb(socket, { master: index }).length,
      route: findRoute(socket, own, arrival)?.type,
    });
    const before = ask();
    assert.ok(before.routes > 0 && before.addresses > 0 && before.route !== undefined, JSON.stringify(before));
    sh('ip link del gone');
    const none = { routes: 0, ipv4Routes: 0, addresses: 0, ipv6Addresses: 0, neighbours: 0, fdb: 0 };
    assert.deepEqual(ask(), { ...none, neighbour: undefined, route: undefined });
  });

  test('hears nobody but the kernel', () => {
    const address = libc.getsockname(socket.fd);
    const port = new DataView(address.buffer).getUint32(4, true);
    const send = `import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).sendto(b"\\x14" + bytes(19), (${port}, 0))`;
    assert.throws(() => execFileSync('python3', ['-c', send], { stdio: 'pipe' }), /Connection refused/);
  });

  test('names and lists links by names that are no ASCII', () => {
    sh('ip link property add dev v0 altname grün');
    sh('ip link set v0 alias Büro—oben');
    const { index, alias, propList } = getLink(socket, 'grün');
    assert.equal(index, getLink(socket, 'v0').index);
    assert.deepEqual([alias, propList], ['Büro—oben', ['grün']]);
  });

  test('lists routes beside those of a multicast router', async () => {
    const router = spawn('python3', [
      '-c',
      MULTICAST_ROUTER,
      ...['v0', 'v1'].map((name) => String(getLink(socket, name).index)),
    ]);
    try {
      await once(router.stdout, 'data');
      assert.match(sh('ip route show table all type multicast'), /239\.1\.1\.1/);
      const ipv4 = JSON.parse(sh('ip -j -4 route show table all')) as unknown[];
      assert.equal(getRoutes(socket).filter(({ family }) => family === 2).length, ipv4.length);
    } finally {
      router.kill();
      await once(router, 'exit');
    }
  });

  test('takes sets of many elements with long comments', () => {
    using netfilter = NetlinkSocket.open(NETLINK_NETFILTER);
    const elements = Array.from({ length: 2000 }, (_, i) => ({
      key: [`10.0.${i >> 8}.${i & 255}`],
      comment: 'c'.repeat(120),
    }));
    const transaction = new Transaction();
    transaction.addTable({
      family: 'inet',
      name: 'many',
      chains: {},
      sets: { a: { key: ['ipv4_addr'], flags: [], elements } },
    });
    transaction.commit(netfilter);
    const [table] = listTables(netfilter, { only: [{ family: 'inet', name: 'many' }] });
    assert.equal(table?.sets['a']?.elements.length, 2000);
    sh('nft delete table inet many');
  });

  test('sends and hears much as the root of another user namespace, too', () => {
    const said = execFileSync('unshare', ['-Urn', process.execPath, '--input-type=module', '-e', ELSEWHERE], {
      encoding: 'utf8',
    });
    assert.equal(said, 'listening\ncommitted\n');
  });
});

/** setsockopt(MRT_INIT, MRT_ADD_VIF and MRT_ADD_MFC) of linux/mroute.h. */
const MULTICAST_ROUTER = `
import socket, struct, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_IGMP)
s.setsockopt(0, 200, 1)
for vif, index in enumerate(sys.argv[1:]):
  s.setsockopt(0, 202, struct.pack('=HBBIi4s', vif, 8, 1, 0, int(index), bytes(4)))
ttls = bytes([0, 1] + [0] * 30)
s.setsockopt(0, 204, socket.inet_aton('10.9.0.5') + socket.inet_aton('239.1.1.1') + struct.pack('=H', 0) + ttls + bytes(18))
print('ready', flush=True)
time.sleep(60)
`;

const source = (path: string): string => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href);
const ELSEWHERE = `
import { NETLINK_NETFILTER, NETLINK_ROUTE, NetlinkListener, NetlinkSocket } from ${source('netlink/index.js')};
import { Transaction } from ${source('nftables/index.js')};
const listener = new NetlinkListener({ protocol: NETLINK_ROUTE, groups: [1], onEvent() {}, onLost() {} });
await listener.close();
console.log('listening');
const rule = { statements: [{ match: { left: 'ip saddr', op: '==', right: '10.0.0.1' } }, { verdict: 'drop' }] };
const transaction = new Transaction();
const chains = { many: { rules: Array.from({ length: 1200 }, () => rule) } };
transaction.addTable({ family: 'inet', name: 'large', chains, sets: {} });
transaction.commit(NetlinkSocket.open(NETLINK_NETFILTER));
console.log('committed');
`;
