// How long it takes to list 100,000 IPv4 routes, against receiving the same bytes and dropping them.
//
//   unshare -n node build/bench/routes.js [count]
//
// Every figure is the first of its process: the compiler's warming up is part of it. So the process starts itself again
// for each, and prints the median of several.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Ip } from '../src/addr/index.ts';
import { AF_INET, libc } from '../src/ffi/index.ts';
import {
  NetlinkSocket,
  NETLINK_ROUTE,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_EXCL,
  NLMSG_DONE,
} from '../src/netlink/index.ts';
import {
  getRoutes,
  IFF_UP,
  linkMessage,
  routeMessage,
  RT_SCOPE_UNIVERSE,
  RT_TABLE_MAIN,
  RTM_GETROUTE,
  RTM_NEWADDR,
  RTM_NEWLINK,
  RTM_NEWROUTE,
  addressMessage,
  getLink,
  RTN_UNICAST,
  RTPROT_STATIC,
  type LinkRequest,
} from '../src/rtnetlink/index.ts';
import { align4, Bytes, LITTLE_ENDIAN } from '../src/wire/index.ts';

const RUNS = 9;

if (process.argv[2] === '--measure') measure(process.argv[3]!);
else compare(Number(process.argv[2] ?? 100_000));

function compare(count: number): void {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  addRoutes(socket, count);
  const medians: Record<string, number> = {};
  for (const what of ['receive', 'decode', 'decode warm']) {
    const times = Array.from({ length: RUNS }, () => {
      const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), '--measure', what], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const { routes, ms } = JSON.parse(child.stdout) as { routes: number; ms: number };
      if (routes < count) throw new Error(`${what}: ${routes} routes, not ${count}`);
      return ms;
    }).toSorted((a, b) => a - b);
    medians[what] = times[RUNS >> 1]!;
    console.log(
      `${what.padEnd(12)} median ${times[RUNS >> 1]!.toFixed(1)} ms, from ${times[0]!.toFixed(1)} to ${times[RUNS - 1]!.toFixed(1)}`,
    );
  }
  console.log(`decoding is ${(medians['decode']! / medians['receive']!).toFixed(2)} times receiving`);
}

function measure(what: string): void {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  if (what === 'decode warm') for (let i = 0; i < 10; i++) getRoutes(socket, { family: AF_INET });
  const start = performance.now();
  const routes = what === 'receive' ? receive(socket) : getRoutes(socket, { family: AF_INET }).length;
  const ms = performance.now() - start;
  console.log(JSON.stringify({ routes, ms }));
}

/** Only what has to be done to know how many there are and which is the last. */
function receive(socket: NetlinkSocket): number {
  const batch = socket.batch();
  batch.add(RTM_GETROUTE, NLM_F_DUMP, routeMessage, { family: AF_INET }, 'list the routes');
  batch.sendWithoutAcknowledgement();
  const buffer = new Bytes(new Uint8Array(65536));
  for (let count = 0; ;) {
    const length = libc.recv(socket.fd, buffer.u8, 0);
    for (let at = 0; at < length; at += align4(buffer.view.getUint32(at, LITTLE_ENDIAN))) {
      if (buffer.view.getUint16(at + 4, LITTLE_ENDIAN) === NLMSG_DONE) return count;
      count++;
    }
  }
}

function addRoutes(socket: NetlinkSocket, count: number): void {
  const batch = socket.batch();
  const link: LinkRequest = {
    name: 'bench0',
    flags: IFF_UP,
    change: IFF_UP,
    linkInfo: { kind: 'veth', data: { peer: { name: 'bench1' } } },
  };
  batch.add(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, linkMessage, link, 'create the link');
  batch.send();
  const { index } = getLink(socket, 'bench0');
  const own = '198.18.0.1' as Ip;
  batch.add(
    RTM_NEWADDR,
    NLM_F_CREATE | NLM_F_EXCL,
    addressMessage,
    { family: AF_INET, prefixLength: 24, index, local: own, address: own },
    'add the address',
  );
  for (let i = 0; i < count; i++) {
    batch.add(
      RTM_NEWROUTE,
      NLM_F_CREATE | NLM_F_EXCL,
      routeMessage,
      {
        family: AF_INET,
        dstLength: 32,
        table8: RT_TABLE_MAIN,
        protocol: RTPROT_STATIC,
        scope: RT_SCOPE_UNIVERSE,
        type: RTN_UNICAST,
        dst: `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}` as Ip,
        gateway: '198.18.0.2' as Ip,
        oif: index,
      },
      'add a route',
    );
  }
  batch.send();
}
