#!/usr/bin/env bash
# An address of an interface that is down replies, and whether an IPv6 address does depends on the interface's history.
#
# Guess:  the addresses of an interface that is not up do not reply, neither locally nor to others.
# Seen:   on a bridge that has never been up, an IPv4 and an IPv6 address (nodad) both reply to a neighbour that reaches the
#         machine through another interface. After `ip link set X up` and `down`, the IPv6 address is removed; the IPv4
#         address is still listed, and still replies.
# Why it surprises: setting an interface down does not take its IPv4 address off the network, and two interfaces that are
#         both "down" and were configured by the same commands have different addresses.

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
need ping iputils-ping
need sysctl procps
need unshare util-linux
echo "Version: Linux $(uname -r), $(ip -V)"

cat >"$folder/try.sh" <<'EOF'
mount -t tmpfs none /run
ip netns add near
ip netns add far
ip -n near link add dev cable type veth peer name cable netns far
for name in near far; do
  ip netns exec $name sysctl -qw net.ipv6.conf.cable.accept_dad=0 net.ipv6.conf.cable.disable_ipv6=0 \
    net.ipv6.conf.default.disable_ipv6=0 net.ipv6.conf.all.keep_addr_on_down=0 net.ipv6.conf.default.keep_addr_on_down=0
  ip -n $name link set dev cable up
done
ip -n near address add 192.0.2.1/30 dev cable
ip -n near address add 2001:db8:1::1/64 dev cable nodad
ip -n far address add 192.0.2.2/30 dev cable
ip -n far address add 2001:db8:1::2/64 dev cable nodad
ip -n far route add 198.51.100.0/24 via 192.0.2.1
ip -n far route add 2001:db8:2::/64 via 2001:db8:1::1
ip -n near link add dev bridge0 type bridge
ip -n near address add 198.51.100.1/24 dev bridge0
ip -n near address add 2001:db8:2::1/64 dev bridge0 nodad
answers() { for _ in 1 2 3 4 5; do ip netns exec far ping -c 1 -W 2 "$1" >/dev/null 2>&1 && echo yes && return; done; echo no; }
listed() { ip -n near -o address show dev bridge0 scope global | awk '{ printf "%s%s", separator, $4; separator = " " }'; echo; }
echo "cable=$(answers 192.0.2.1) $(answers 2001:db8:1::1)"
echo "never4=$(answers 198.51.100.1)"
echo "never6=$(answers 2001:db8:2::1)"
echo "never=$(listed)"
ip -n near link set dev bridge0 up
ip -n near link set dev bridge0 down
echo "again=$(listed)"
echo "again4=$(answers 198.51.100.1)"
EOF
unshare --net --mount bash -eu "$folder/try.sh" >"$folder/seen"
seen() { sed -n "s/^$1=//p" "$folder/seen"; }
expect 'the cable itself answers' 'yes yes' "$(seen cable)"
expect 'never up: addresses listed' '198.51.100.1/24 2001:db8:2::1/64' "$(seen never)"
expect 'never up: IPv4 answers' yes "$(seen never4)"
expect 'never up: IPv6 answers' yes "$(seen never6)"
expect 'up and down again: addresses listed' 198.51.100.1/24 "$(seen again)"
expect 'up and down again: IPv4 answers' yes "$(seen again4)"

exit $failed
