// A server beyond the host, for the demo. It runs in a network namespace outside of all labs, with a veth pair to the
// host, and sends each client the client's source address. All of it is removed when this process ends.
//
//   node scripts/demo-outside.mjs HOST-ADDRESS OUTSIDE-ADDRESS      prints "ready" when the server listens
import { spawn } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { NETLINK_ROUTE, NetlinkSocket, NLM_F_CREATE, NLM_F_EXCL } from '../dist/netlink/index.js';
import { addressMessage, getLink, IFF_UP, linkMessage, RTM_NEWADDR, RTM_NEWLINK } from '../dist/rtnetlink/index.js';

const PREFIX_LENGTH = 30;
const AF_INET = 2;
const UP = { flags: IFF_UP, change: IFF_UP };

const [hostAddress, outsideAddress, hostNamespace] = process.argv.slice(2);
if (hostNamespace === undefined) onHost();
else inNamespace();

/** On the host: starts the server's process in a new namespace, and ends when that ends. */
function onHost() {
  const self = fileURLToPath(import.meta.url);
  const args = ['--net', process.execPath, self, hostAddress, outsideAddress, readlinkSync('/proc/self/ns/net')];
  // It ends at the end of the standard input, which it has from this process.
  const child = spawn('unshare', args, { stdio: ['inherit', 'pipe', 'inherit'] });
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => child.kill());
  child.on('error', (error) => fail(`unshare (util-linux) could not be started: ${error.message}`));
  child.on('exit', (code) => process.exit(code ?? 0));
  child.stdout.once('data', () => {
    // The veth pair exists: its end on the host needs an address.
    configure('demo-outside', hostAddress);
    console.log('ready');
  });
}

/** In the new namespace: creates the veth pair, and starts the server. */
function inNamespace() {
  // Without a new namespace, both ends of the veth pair would be on the host.
  if (readlinkSync('/proc/self/ns/net') === hostNamespace) fail('it is not in a namespace of its own');
  using(NetlinkSocket.open(NETLINK_ROUTE), (socket) => {
    const peer = { name: 'demo-outside', netNsPid: process.ppid };
    const batch = socket.batch();
    const veth = { name: 'host', linkInfo: { kind: 'veth', data: { peer } } };
    batch.add(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, linkMessage, veth, 'create the veth pair to the host');
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
    const message = { family: AF_INET, prefixLength: PREFIX_LENGTH, index, local: address, address };
    batch.add(RTM_NEWADDR, NLM_F_CREATE, addressMessage, message, `add ${address} to ${name}`);
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
