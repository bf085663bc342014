#!/usr/bin/env bash
# Explains container networking with Netwright: an isolated namespace, a veth pair, a bridge, and internet access. Everything
# that it creates is removed at the end, also after an interrupt. `make demo` builds Netwright and runs this.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if ((EUID != 0)); then
  echo 'The demo makes network namespaces, which takes root: sudo make demo' >&2
  exit 4
fi
if [[ ! -f dist/cli.cjs ]]; then
  echo 'Netwright is not built: make demo builds it first' >&2
  exit 1
fi

netwright() { node dist/cli.cjs "$@"; }

labs=(demo-isolated demo-cable demo-bridge demo-internet demo-publish)
folder=$(mktemp -d)
clean_up() {
  trap '' INT TERM
  netwright down "${labs[@]}" --if-exists --wait 10 >/dev/null || true
  rm -rf "$folder"
  # The veth pair to the server beyond the host is removed with it.
  if [[ -n ${outside_PID:-} ]]; then kill "$outside_PID" 2>/dev/null || true; fi
  for ((i = 0; i < 100; i++)); do
    if [[ ! -e /sys/class/net/demo-outside ]]; then break; fi
    sleep 0.05
  done
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# 1 if a step failed.
failed=0
bold='' dim='' off=''
if [[ -n ${FORCE_COLOR:-} || ( -t 1 && -z ${NO_COLOR:-} ) ]]; then
  bold=$'\e[1m' dim=$'\e[2m' off=$'\e[0m'
fi
title() { printf '\n%s── %s ──%s\n' "$bold" "$1" "$off"; }
say() { printf '%s\n' "$@"; }
# Prints a command, runs it, and indents its output.
run() {
  printf '\n%s$ %s%s\n' "$bold" "$*" "$off"
  "$@" 2>&1 | sed 's/^/  /'
}
# Copies an example with another lab name, so that no lab of the user changes.
example() { sed "s/^name: .*/name: demo-$2/" "examples/$1.yaml" >"$folder/$2.yaml"; }
# Creates the lab, and prints the first line of the output.
up() {
  printf '\n%s$ netwright up %s%s\n' "$bold" "$1.yaml" "$off"
  netwright up "$folder/$1.yaml" | head -n 1 | sed 's/^/  /'
}

# Labs of a demo that was killed.
netwright down "${labs[@]}" --if-exists >/dev/null

title '1. Isolated'
say 'A network namespace is a separate network stack for programs. A new one has only a loopback interface, and no' \
  'connection to the host, to the internet, or to another namespace.'
example 01-isolated isolated
up isolated
run netwright exec demo-isolated.alone ls /sys/class/net
run netwright check demo-isolated
netwright down demo-isolated >/dev/null

title '2. Cabled'
say 'A veth pair is a virtual cable. With one end in each of two namespaces, and an address on each end, they can' \
  'communicate. `show` prints the cable with both ends, and `check` sends real packets through it.'
example 02-veth-pair cable
up cable
run netwright show demo-cable
run netwright check demo-cable
netwright down demo-cable >/dev/null

title '3. Bridged'
say 'A cable connects two namespaces. A bridge, a switch in the kernel, connects any number.'
example 03-bridge bridge
up bridge
run netwright show demo-bridge
run netwright check demo-bridge
netwright down demo-bridge >/dev/null

title '4. Internet access'
say 'Container runtimes do the same: the bridge is the gateway, the host forwards packets, and NAT replaces their source' \
  'address by one that servers on the internet can reply to.'
example 04-internet internet
up internet
run netwright show demo-internet
run netwright check demo-internet

say '' 'The demo has a server beyond the host, in a namespace outside of all labs, with a cable to the host. It has a route' \
  "to the host's address, but none to the laptop's. It sends each client the source address that it sees."
host_address=198.51.100.1 server_address=198.51.100.2
coproc outside { exec node scripts/demo-outside.mjs "$host_address" "$server_address" 2>&1; }
if ! read -r line <&"${outside[0]}" || [[ $line != ready ]]; then
  echo "the server beyond the host could not be started: $line" >&2
  exit 1
fi
cat >"$folder/who-am-i.js" <<'JS'
const [, , host, port = 80] = process.argv;
const socket = require('net').connect({ host, port, timeout: 2000 });
let seen = '';
let own = '';
socket.on('connect', () => (own = socket.localAddress));
socket.on('data', (data) => (seen += data));
socket.on('timeout', () => socket.destroy(new Error('no answer within 2 s')));
socket.on('end', () => console.log(`I call from ${own}; the server sees ${seen}`));
socket.on('error', (error) => {
  console.log(`the server at ${host} cannot be reached: ${error.message}`);
  process.exitCode = 1;
});
JS
if run netwright exec demo-internet.laptop node "$folder/who-am-i.js" "$server_address" | tee "$folder/seen" &&
  grep -q "the server sees $host_address\$" "$folder/seen"; then
  say '' "The server saw $host_address, the host's address: NAT has replaced the laptop's, which the server could not reply to."
else
  say '' 'The host does not forward the packets of the lab: see netwright doctor.' >&2
  failed=1
fi

title '5. Published ports'
say 'A published port is for the other direction, from the host to a node. This server starts with its lab, behind a' \
  'firewall that accepts only packets to port 80, and counts them.'
cat >"$folder/publish.yaml" <<'YAML'
name: demo-publish
nodes:
  server:
    internet: true
    firewall: { input: { allow: [{ from: internet, tcp: 80 }] } }
    run: { command: node server.js, ready: { tcp: 80 } }
YAML
cat >"$folder/server.js" <<'JS'
require('net').createServer((peer) => peer.end(peer.remoteAddress.replace('::ffff:', ''))).listen(80, '0.0.0.0');
JS
up publish
run netwright publish demo-publish.server 127.0.0.1:28028:80
run node "$folder/who-am-i.js" 127.0.0.1 28028
run netwright ps demo-publish
run netwright firewall demo-publish.server

title 'What next'
say 'All of it is removed now. Try:' '' \
  "  ${bold}node dist/cli.cjs up examples/shop.yaml${off}      two networks and a router" \
  "  ${bold}node dist/cli.cjs show shop${off}" \
  "  ${bold}node dist/cli.cjs shell shop.laptop${off}          a shell in a node" \
  "  ${bold}node dist/cli.cjs check shop${off}                 test the expectations of the file" \
  "  ${bold}node dist/cli.cjs down shop${off}"
exit "$failed"
