// The world beyond the host, for the demo: a network namespace that no lab knows, on a cable to the host. In it a server
// tells whoever calls which address it sees. All of it goes with this process, however that ends.
//
//   node scripts/demo-outside.mjs HOST-ADDRESS OUTSIDE-ADDRESS      prints "ready" when it can be called
import { spawn } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { NETLINK_ROUTE, NetlinkSocket, NLM_F_CREATE, NLM_F_EXCL } from '../dist/netlink/index.js';
import { addressMessage, getLink, IFF_UP, linkMessage, RTM_NEWADDR, RTM_NEWLINK } from '../dist/rtnetlink/index.js';

const PREFIX_LENGTH = 30;
const AF_INET = 2;
const UP = { flags: IFF_UP, change: IFF_UP };

const [hostAddress, outsideAddress, host] = process.argv.slice(2);
if (host === undefined) outside();
else inside();

/** On the host: starts the other half in a namespace of its own, and ends with it. */
function outside() {
  const self = fileURLToPath(import.meta.url);
  const args = ['--net', process.execPath, self, hostAddress, outsideAddress, readlinkSync('/proc/self/ns/net')];
  // It ends when whoever has started this does, with whom it shares its standard input.
  const child = spawn('unshare', args, { stdio: ['inherit', 'pipe', 'inherit'] });
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => child.kill());
  child.on('error', (error) => fail(`unshare (util-linux) could not be started: ${error.message}`));
  child.on('exit', (code) => process.exit(code ?? 0));
  child.stdout.once('data', () => {
    // Its namespace has the cable's other end: this one needs an address.
    configure('demo-outside', hostAddress);
    console.log('ready');
  });
}

/** In the namespace. */
function inside() {
  // Where the namespace could not be left for another, the cable would come to lie on the host.
  if (readlinkSync('/proc/self/ns/net') === host) fail('it is not in a namespace of its own');
  using(NetlinkSocket.open(NETLINK_ROUTE), (socket) => {
    const peer = { name: 'demo-outside', netNsPid: process.ppid };
    const batch = socket.batch();
    const cable = { name: 'host', linkInfo: { kind: 'veth', data: { peer } } };
    batch.add(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, linkMessage, cable, 'lay the cable to the host');
    batch.send();
  });
  configure('host', outsideAddress);
  const server = createServer((peer) => peer.end(peer.remoteAddress));
  server.listen(80, outsideAddress, () => console.log('ready'));
  process.stdin.on('end', () => process.exit()).resume();
}

function configure(name, address) {
  using(NetlinkSocket.open(NETLINK_ROUTE), (socket) => {
    const { index } = getLink(socket, name);
    const batch = socket.batch();
    batch.add(RTM_NEWLINK, 0, linkMessage, { index, ...UP }, `set ${name} up`);
    const given = { family: AF_INET, prefixLength: PREFIX_LENGTH, index, local: address, address };
    batch.add(RTM_NEWADDR, NLM_F_CREATE, addressMessage, given, `add ${address} to ${name}`);
    batch.send();
  });
}

function using(socket, fn) {
  try {
    return fn(socket);
  } finally {
    socket.close();
  }
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
