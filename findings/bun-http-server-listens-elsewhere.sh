#!/usr/bin/env bash
# Bun: an HTTP server that is told to listen on a descriptor listens on a free port of every address instead.
#
# Guess: `http.createServer().listen({ fd })` serves the socket that is handed over, as Node.js documents it, which is how a program
#   is started by systemd (LISTEN_FDS) or takes over from its predecessor; or else it throws, or emits 'error'.
# Seen (Bun 1.4.5): it succeeds, and 'listening' is emitted. Who connects to the socket's port waits for ever, as nobody accepts.
#   server.address() is `::` and a port that the kernel has chosen: on that, the server answers whoever asks, from wherever, though
#   the socket was bound to 127.0.0.1. Servers of node:net take the descriptor over by the same call, which http.Server has from
#   them in Node.js. Bun's issue 22559 knows of it.
# Why it surprises: no error, and a service that was confined to the loopback is reachable from every network.
set -euo pipefail
sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

case $(uname -m) in x86_64) arch=x64 bun_arch=x64 ;; *) arch=arm64 bun_arch=aarch64 ;; esac
npm install --silent --no-fund --no-audit --no-save --ignore-scripts --prefix . \
  "@oven/bun-linux-$bun_arch@1.4.5" "node-linux-$arch@26.12.1" koffi@3.3.4 >/dev/null
bun=$folder/node_modules/@oven/bun-linux-$bun_arch/bin/bun
node=$folder/node_modules/node-linux-$arch/bin/node

cat >program.mjs <<'JS'
import koffi from 'koffi';
import http from 'node:http';
import net from 'node:net';

const libc = koffi.load(null);
const [socket, bind, listen] = ['int socket(int, int, int)', 'int bind(int, const void *, uint32_t)', 'int listen(int, int)'].map((s) => libc.func(s));
const [AF_INET, SOCK_STREAM, SOCK_NONBLOCK, SOCK_CLOEXEC] = [2, 1, 0o4000, 0o2000000];

/** A socket that listens on 127.0.0.1. */
function listening(port) {
  const fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const address = Uint8Array.of(AF_INET, 0, port >> 8, port & 255, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0);
  if (bind(fd, address, address.length) !== 0 || listen(fd, 5) !== 0) throw new Error('no socket');
  return fd;
}
const reply = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';
const get = (host, port) =>
  new Promise((resolve) =>
    http
      .get({ host, port, agent: false, timeout: 1000 }, (answer) => resolve(answer.resume().statusCode))
      .on('timeout', function () { resolve('nothing'); this.destroy(); })
      .on('error', ({ code }) => resolve(code)));
const servers = {
  net: net.createServer((peer) => peer.resume().end(reply)),
  http: http.createServer((_, answer) => answer.setHeader('Connection', 'close').end()),
};
let port = 7777;
for (const [name, server] of Object.entries(servers)) {
  server.listen({ fd: listening(port) });
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  const where = server.address();
  const other = where.port === port ? 'the same port' : 'another port';
  console.log(`${name}: listens at ${where.address}, ${other}; the socket’s port says ${await get('127.0.0.1', port)}, 127.0.0.9 on the server’s port ${await get('127.0.0.9', where.port)}`);
  port++;
}
process.exit();
JS

failed=0
# expect WHAT WANTED SEEN
expect() {
  echo "$1: $3"
  [ "$2" = "$3" ] || { echo "  CHANGED: it was: $2"; failed=1; }
}
# In a network of their own, where the port is free.
run() { unshare --net sh -c 'ip link set lo up; exec "$@"' sh "$@" program.mjs; }
command -v ip >/dev/null || { apt-get -qq update >/dev/null; DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends iproute2 >/dev/null; }
right='127.0.0.1, the same port; the socket’s port says 200, 127.0.0.9 on the server’s port ECONNREFUSED'
wrong='::, another port; the socket’s port says nothing, 127.0.0.9 on the server’s port 200'
echo "Versions: Bun $("$bun" --version), Node.js $("$node" --version)"
expect 'Node.js' "net: listens at $right
http: listens at $right" "$(run "$node")"
expect 'Bun' "net: listens at $right
http: listens at $wrong" "$(run "$bun")"
exit $failed
