#!/usr/bin/env bash
# `ip` reads 10.1 as 10.1.0.0, and the rest of the system as 10.0.0.1.
#
# Guess:  `ip address add 10.1/8 dev X` and `ping 10.1` mean the same address: according to inet_aton(3) the last part fills
#         the remaining bytes, so 10.0.0.1.
# Seen:   `ip` pads with zeros on the right: 10.1.0.0, for addresses and for host routes, without a warning. getent (and so
#         ping, ssh, curl) uses 10.0.0.1. They agree about octal: 10.9.010.1 is 10.9.8.1 for both.
# Why it surprises: the address that was just added does not reply, and `ip route get 127.1` looks up another address than
#         `ping 127.1` pings.

set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0
sed -n '2,/^$/s/^# \{0,1\}//p' "$0"

# need COMMAND PACKAGE: installs the distribution's package if the command is missing.
need() {
  command -v "$1" >/dev/null && return
  apt-get -qq update >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$2" >/dev/null
}

# expect WHAT EXPECTED ACTUAL
expect() {
  echo "$1: $3"
  [ "$2" = "$3" ] || { echo "  CHANGED: it was: $2"; failed=1; }
}

need ip iproute2
need unshare util-linux
need getent libc-bin
echo "Version: $(ip -V)"

# inside COMMAND: runs it in a network namespace with a bridge x0.
inside() { unshare --net bash -euc "ip link add dev x0 type bridge; $1"; }
resolved() { getent ahostsv4 "$1" | head -n 1 | cut -d ' ' -f 1; }
expect 'ip address add 10.1/8 gives' 10.1.0.0/8 "$(inside 'ip address add 10.1/8 dev x0; ip -o -4 address show dev x0' | grep -o '[0-9.]*/8')"
expect 'getent ahostsv4 10.1 gives' 10.0.0.1 "$(resolved 10.1)"
expect 'ip route get 127.1 looks up' 127.1.0.0 "$(inside 'ip link set lo up; ip route get 127.1' | grep -o '127[0-9.]*' | head -n 1)"
expect 'getent ahostsv4 127.1 gives' 127.0.0.1 "$(resolved 127.1)"
expect 'ip address add 10.9.010.1/32 gives' 10.9.8.1/32 "$(inside 'ip address add 10.9.010.1/32 dev x0; ip -o -4 address show dev x0' | grep -o '[0-9.]*/32')"
expect 'getent ahostsv4 10.9.010.1 gives' 10.9.8.1 "$(resolved 10.9.010.1)"

exit $failed
