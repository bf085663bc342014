#!/usr/bin/env bash
# Bun: `new net.Socket({ fd })` ignores the descriptor. The socket neither reads nor fails; connect() with an address opens
# another connection.
#
# Guess: the socket adopts the descriptor, as Node.js documents it ("If specified, wrapped around an existing socket with the
#   given file descriptor"), for a TCP connection or a pipe; if it could not, the constructor would throw.
# Seen (Bun 1.4.5): the constructor returns. A reader waits for data, an end or an error that never come; only a write
#   fails, with "Socket is closed". In Node.js, connect({ host, port }) connects that descriptor (so that it keeps the
#   address that it is bound to); in Bun it creates a new socket. `server.listen({ fd })` and `socket.bind({ fd })` of
#   node:dgram do adopt theirs.
# Why it surprises: half of the options named `fd` work, and this one is silently ignored.
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
import { closeSync, writeSync } from 'node:fs';
import { createServer, Socket } from 'node:net';

const libc = koffi.load(null);
const [pipe2, socket, bind] = ['int pipe2(_Out_ int *, int)', 'int socket(int, int, int)', 'int bind(int, const void *, uint32_t)'].map((s) => libc.func(s));
const [O_CLOEXEC, AF_INET, SOCK_STREAM, SOCK_CLOEXEC] = [0o2000000, 2, 1, 0o2000000];
/** Everything that a socket reads, and its errors, until it is closed, or for a second. */
const outputOf = (from) =>
  new Promise((resolve) => {
    let all = '';
    from.on('data', (data) => (all += data)).on('error', ({ message }) => (all += message)).on('close', () => resolve(all));
    setTimeout(() => resolve(all || 'nothing'), 1000);
  });

const ends = [0, 0];
pipe2(ends, O_CLOEXEC);
writeSync(ends[1], 'hello');
closeSync(ends[1]);
const pipe = outputOf(new Socket({ fd: ends[0], readable: true, writable: false }));

const server = createServer((peer) => peer.end(peer.remoteAddress)).listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
bind(fd, Uint8Array.of(AF_INET, 0, 0, 0, 127, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0), 16);
const bound = new Socket({ fd, readable: true, writable: true, manualStart: true });
const from = outputOf(bound.connect({ host: '127.0.0.1', port: server.address().port }));

console.log(`pipe: ${await pipe}; bound to 127.0.0.9, seen from: ${await from}`);
process.exit();
JS

failed=0
# expect WHAT EXPECTED ACTUAL
expect() {
  echo "$1: $3"
  [ "$2" = "$3" ] || { echo "  CHANGED: it was: $2"; failed=1; }
}
echo "Versions: Bun $("$bun" --version), Node.js $("$node" --version)"
expect 'Node.js' 'pipe: hello; bound to 127.0.0.9, seen from: 127.0.0.9' "$("$node" program.mjs)"
expect 'Bun' 'pipe: nothing; bound to 127.0.0.9, seen from: 127.0.0.1' "$("$bun" program.mjs)"
exit $failed
