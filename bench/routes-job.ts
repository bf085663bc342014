// Lists the IPv4 routes of the current namespace: node build/bench/routes-job.js receive|decode|warm
//
// Prints their number and the milliseconds that it took, as JSON. `warm` lists them several times first.
import { AF_INET, libc } from '../src/ffi/index.ts';
import { NETLINK_ROUTE, NetlinkSocket, NLM_F_DUMP, NLMSG_DONE } from '../src/netlink/index.ts';
import { getRoutes, routeMessage, RTM_GETROUTE } from '../src/rtnetlink/index.ts';
import { align4, Bytes, LITTLE_ENDIAN } from '../src/wire/index.ts';

const WARM_UP = 10;

const mode = process.argv[2];
using socket = NetlinkSocket.open(NETLINK_ROUTE);
if (mode === 'warm') for (let i = 0; i < WARM_UP; i++) getRoutes(socket, { family: AF_INET });
const t0 = performance.now();
const routes = mode === 'receive' ? receive() : getRoutes(socket, { family: AF_INET }).length;
console.log(JSON.stringify({ routes, ms: performance.now() - t0 }));

/** Only counts the messages up to NLMSG_DONE. */
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
