#!/usr/bin/env bash
# The story of container networking, told with Netwright: a namespace on its own, a cable, a bridge, and the way out.
# Everything it makes is removed at the end, also when it is interrupted. `make demo` builds first and runs this.
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

labs=(demo-isolated demo-cable demo-bridge demo-internet demo-world)
folder=$(mktemp -d)
clean_up() {
  trap '' INT TERM
  netwright down "${labs[@]}" --if-exists --wait 10 >/dev/null || true
  rm -rf "$folder"
  # The cable to the server beyond the host goes with it.
  if [[ -n ${outside_PID:-} ]]; then kill "$outside_PID" 2>/dev/null || true; fi
  for ((i = 0; i < 100; i++)); do
    if [[ ! -e /sys/class/net/demo-outside ]]; then break; fi
    sleep 0.05
  done
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Whether something was not as the story says.
failed=0
bold='' dim='' off=''
if [[ -n ${FORCE_COLOR:-} || ( -t 1 && -z ${NO_COLOR:-} ) ]]; then
  bold=$'\e[1m' dim=$'\e[2m' off=$'\e[0m'
fi
title() { printf '\n%s── %s ──%s\n' "$bold" "$1" "$off"; }
say() { printf '%s\n' "$@"; }
# Shows a command, runs it, and sets what it prints apart from the story.
run() {
  printf '\n%s$ %s%s\n' "$bold" "$*" "$off"
  "$@" 2>&1 | sed 's/^/  /'
}
# An example under a name of the demo's, so that nothing of yours is touched.
example() { sed "s/^name: .*/name: demo-$2/" "examples/$1.yaml" >"$folder/$2.yaml"; }
# Brings it up, and says so in a line.
up() {
  printf '\n%s$ netwright up %s%s\n' "$bold" "$1.yaml" "$off"
  netwright up "$folder/$1.yaml" | head -n 1 | sed 's/^/  /'
}

# Left from a demo that was killed.
netwright down "${labs[@]}" --if-exists >/dev/null

title '1. Isolated'
say 'A network namespace gives a program a network of its own. In a new one there is a loopback and nothing else:' \
  'no way to the host, to the internet, or to another namespace.'
example 01-isolated isolated
up isolated
run netwright exec demo-isolated.alone ls /sys/class/net
run netwright check demo-isolated
netwright down demo-isolated >/dev/null

title '2. Cabled'
say 'A veth pair is a virtual cable. One end in each of two namespaces, an address on each, and they can talk: show' \
  'follows the cable from end to end, and check sends real packets through it.'
example 02-veth-pair cable
up cable
run netwright show demo-cable
run netwright check demo-cable
netwright down demo-cable >/dev/null

title '3. Bridged'
say 'A cable joins two. A bridge, a switch inside the kernel, joins as many as you like.'
example 03-bridge bridge
up bridge
run netwright show demo-bridge
run netwright check demo-bridge
netwright down demo-bridge >/dev/null

title '4. Out to the world'
say 'The last step is what every container runtime does: the bridge becomes the gateway, the host forwards, and NAT' \
  'gives packets a source address that the world can answer to.'
example 04-internet internet
up internet
run netwright show demo-internet
run netwright check demo-internet

say '' 'Beyond the host stands a server of the demo, in a namespace that no lab knows, on a cable to the host. It knows no way' \
  "to the laptop's address, only to the host's, and tells each caller which address it sees."
here=198.51.100.1 there=198.51.100.2
coproc outside { exec node scripts/demo-outside.mjs "$here" "$there" 2>&1; }
if ! read -r word <&"${outside[0]}" || [[ $word != ready ]]; then
  echo "the server beyond the host could not be started: $word" >&2
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
if run netwright exec demo-internet.laptop node "$folder/who-am-i.js" "$there" | tee "$folder/seen" &&
  grep -q "the server sees $here\$" "$folder/seen"; then
  say '' "The server saw $here, the host's address: the laptop's own means nothing out there, and NAT has put it right."
else
  say '' 'Something on this host drops what it should forward: see netwright doctor.' >&2
  failed=1
fi

title '5. And back in'
say 'A published port leads the other way, from the host to a node. This server is started with its lab, behind a firewall' \
  'that lets in what is for port 80 and nothing else, and counts.'
cat >"$folder/world.yaml" <<'YAML'
name: demo-world
nodes:
  server:
    internet: true
    firewall: { input: { allow: [{ from: internet, tcp: 80 }] } }
    run: { command: node server.js, ready: { tcp: 80 } }
YAML
cat >"$folder/server.js" <<'JS'
require('net').createServer((peer) => peer.end(peer.remoteAddress.replace('::ffff:', ''))).listen(80, '0.0.0.0');
JS
up world
run netwright publish demo-world.server 127.0.0.1:28028:80
run node "$folder/who-am-i.js" 127.0.0.1 28028
run netwright ps demo-world
run netwright firewall demo-world.server

title 'What next'
say 'All of it is removed now. Try:' '' \
  "  ${bold}node dist/cli.cjs up examples/shop.yaml${off}      two networks and a router" \
  "  ${bold}node dist/cli.cjs show shop${off}" \
  "  ${bold}node dist/cli.cjs shell shop.laptop${off}          look around in a node" \
  "  ${bold}node dist/cli.cjs check shop${off}                 prove what the file expects" \
  "  ${bold}node dist/cli.cjs down shop${off}"
exit "$failed"
