#!/usr/bin/env bash
# Bun: all fetch() calls of a process use the network namespace of the thread that called it first.
#
# Guess: as in Node.js, a thread's connections are made in that thread's network namespace (setns(2) moves only the calling
#   thread). A worker that joins a namespace uses its network, and the main thread keeps its own.
# Seen (Bun 1.4.5): net.connect(), http.get() and node:dgram do so. fetch() has one thread for the whole process. It is
#   started at first use, and stays in the namespace of the thread that called fetch(). If a worker in another namespace calls
#   fetch() first, later requests of the main thread are made there too: http.get() and fetch() of one address, in one
#   thread, reach two machines. Conversely, the worker's fetch() uses the main thread's network.
# Why it surprises: nothing fails. The machine with that address in the wrong network replies.
set -euo pipefail
sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

# need COMMAND PACKAGE: installs the distribution's package if the command is missing.
need() {
  command -v "$1" >/dev/null && return
  apt-get -qq update >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$2" >/dev/null
}

need npm npm
need ip iproute2
case $(uname -m) in x86_64) arch=x64 ;; *) arch=aarch64 ;; esac
npm install --silent --no-fund --no-audit --no-save --ignore-scripts --prefix . "@oven/bun-linux-$arch@1.4.5" koffi@3.3.4 >/dev/null
bun=$folder/node_modules/@oven/bun-linux-$arch/bin/bun

cat >server.mjs <<'JS'
import { createServer } from 'node:http';
createServer((_, answer) => answer.end(process.argv[2])).listen(7777, '127.0.0.1', () => console.log('listens'));
JS
cat >main.mjs <<'JS'
import http from 'node:http';
import { openSync } from 'node:fs';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import koffi from 'koffi';

const url = 'http://127.0.0.1:7777/';
const byHttp = () =>
  new Promise((resolve, reject) =>
    http.get(url, { agent: false }, (answer) => answer.on('data', (data) => resolve(String(data)))).on('error', reject));
const byFetch = async () => (await fetch(url, { keepalive: false })).text();
const both = async () => `http.get=${await byHttp()} fetch=${await byFetch()}`;

if (isMainThread) {
  const first = process.argv[2] === 'main first' ? await both() : undefined;
  const worker = new Worker(new URL(import.meta.url));
  const inWorker = await new Promise((resolve, reject) => worker.on('message', resolve).on('error', reject));
  console.log(first === undefined ? `worker: ${inWorker}; main: ${await both()}` : `main: ${first}; worker: ${inWorker}`);
  process.exit();
}
const CLONE_NEWNET = 0x40000000;
if (koffi.load(null).func('int setns(int, int)')(openSync('other'), CLONE_NEWNET) !== 0) throw new Error('setns');
parentPort.postMessage(await both());
JS
cat >try.sh <<'EOS'
ip link set lo up
serve() { # NAME
  "$bun" server.mjs "$1" >"$1" &
  until [ -s "$1" ]; do sleep 0.05; done
}
serve here
unshare --net sh -c 'ip link set lo up; exec sleep 60' &
other=$!
until [ -n "$(nsenter -t $other -n ip -o link show lo up 2>/dev/null)" ] && ! [ /proc/$other/ns/net -ef /proc/self/ns/net ]; do sleep 0.05; done
nsenter -t $other -n "$bun" server.mjs there >there &
until [ -s there ]; do sleep 0.05; done
: >other && mount --bind /proc/$other/ns/net other
for order in 'worker first' 'main first'; do echo "$order: $("$bun" main.mjs "$order")"; done
EOS
bun=$bun unshare --net --mount --pid --fork --kill-child --mount-proc bash try.sh >seen

echo "Version: Bun $("$bun" --version), Linux $(uname -r)"
cat seen
cat >expected <<'EOS'
worker first: worker: http.get=there fetch=there; main: http.get=here fetch=there
main first: main: http.get=here fetch=here; worker: http.get=there fetch=here
EOS
cmp -s seen expected || { echo 'CHANGED: it was:'; cat expected; exit 1; }
