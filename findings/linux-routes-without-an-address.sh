#!/usr/bin/env bash
# A bridge without any address routes packets: IPv4 at once, IPv6 once the neighbour is known.
#
# Guess:  packets to the MAC address of a bridge that has no IP address, not even a link-local one, are not routed: it is a
#         switch, and a router has addresses.
# Seen:   with forwarding enabled and routes present, they are. IPv4 resolves the neighbour by ARP without an own address.
#         IPv6 accepts the packet too, but cannot resolve the neighbour (a neighbour solicitation needs a source address), so
#         the packet is queued and lost. If the neighbour is known otherwise (`ip neighbour add`), the packet is forwarded.
# Why it surprises: `addrgenmode none` and no addresses do not make a bridge a plain switch; forwarding, or IPv6 itself
#         (disable_ipv6), must be off on it.

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
ip netns add router
ip netns exec router sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0
for number in 1 2; do
  ip netns add host$number
  ip -n host$number link add dev cable type veth peer name port$number netns router
  ip -n router link add dev bridge$number type bridge
  ip -n router link set dev port$number master bridge$number
  for link in port$number bridge$number; do
    ip -n router link set dev $link addrgenmode none
    ip -n router link set dev $link up
  done
  ip netns exec host$number sysctl -qw net.ipv6.conf.cable.disable_ipv6=0 net.ipv6.conf.cable.accept_dad=0
  ip -n host$number link set dev cable up
  ip -n host$number address add 198.51.10$number.1/24 dev cable
  ip -n host$number address add 2001:db8:$number::1/64 dev cable nodad
  ip -n router route add 198.51.10$number.0/24 dev bridge$number
  ip -n router route add 2001:db8:$number::/64 dev bridge$number
  mac=$(ip -n router -o link show dev bridge$number | grep -o 'link/ether [0-9a-f:]*' | cut -d ' ' -f 2)
  ip -n host$number neighbour add 198.51.10$number.254 lladdr "$mac" dev cable
  ip -n host$number neighbour add fe80::fe lladdr "$mac" dev cable
  ip -n host$number route add default via 198.51.10$number.254
  ip -n host$number route add default via fe80::fe dev cable
done
ip netns exec router sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv6.conf.all.forwarding=1
for number in 1 2; do ip netns exec router sysctl -qw net.ipv4.conf.bridge$number.rp_filter=0; done
pings() { ip netns exec host1 ping -c 1 -W 1 "$1" >/dev/null 2>&1; }
passes() { for _ in 1 2 3 4 5; do pings "$1" && echo yes && return; done; echo no; }
echo "addresses=$(ip -n router -o address show | grep -c 'bridge\|port' || true)"
echo "ipv4=$(passes 198.51.102.1)"
echo "ipv6=$(passes 2001:db8:2::1)"
for number in 1 2; do
  mac=$(ip -n host$number -o link show dev cable | grep -o 'link/ether [0-9a-f:]*' | cut -d ' ' -f 2)
  ip -n router neighbour replace 2001:db8:$number::1 lladdr "$mac" dev bridge$number
done
echo "known=$(passes 2001:db8:2::1)"
EOF
unshare --net --mount bash -eu "$folder/try.sh" >"$folder/seen"
seen() { sed -n "s/^$1=//p" "$folder/seen"; }
expect 'addresses of the router' 0 "$(seen addresses)"
expect 'IPv4 is routed' yes "$(seen ipv4)"
expect 'IPv6 is routed' no "$(seen ipv6)"
expect 'IPv6 is routed, the neighbour being known' yes "$(seen known)"

exit $failed
