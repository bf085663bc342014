// Lists the IPv4 routes of the current namespace: node build/bench/routes-job.js receive|decode|warm
//
// Prints their number and the milliseconds it took, as JSON. `warm` lists them several times before.
import { AF_INET, libc } from '../src/ffi/index.ts';
import { NETLINK_ROUTE, NetlinkSocket, NLM_F_DUMP, NLMSG_DONE } from '../src/netlink/index.ts';
import { getRoutes, routeMessage, RTM_GETROUTE } from '../src/rtnetlink/index.ts';
import { align4, Bytes, LITTLE_ENDIAN } from '../src/wire/index.ts';

const WARMING = 10;

const how = process.argv[2];
using socket = NetlinkSocket.open(NETLINK_ROUTE);
if (how === 'warm') for (let i = 0; i < WARMING; i++) getRoutes(socket, { family: AF_INET });
const t0 = performance.now();
const routes = how === 'receive' ? receive() : getRoutes(socket, { family: AF_INET }).length;
console.log(JSON.stringify({ routes, ms: performance.now() - t0 }));

/** Does only what it takes to know how many there are and which is the last. */
function receive(): number {
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
