#!/usr/bin/env bash
# A macvlan that is created on a macvlan is attached to the lower link of that one.
#
# Guess:  `ip link add m1 link m0 type macvlan` puts m1 on m0, as a VLAN on a VLAN is (Q-in-Q): m1 is down while m0 is, and goes when
#         m0 is deleted. Or it is refused.
# Seen:   m1 is listed as m1@low: m0 is out of its way. m1 goes on working when m0 is down, and stays when m0 is deleted.
# Why it surprises: what `ip link` shows is not what was asked for, without a message; a tool that compares what it asked for with
#         what is there recreates the link each time.

set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0
sed -n '2,/^$/s/^# \{0,1\}//p' "$0"

# The machine's own command, installed from its distribution where it is missing.
need() {
  command -v "$1" >/dev/null && return
  apt-get -qq update >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$2" >/dev/null
}

# expect WHAT WANTED SEEN
expect() {
  echo "$1: $3"
  [ "$2" = "$3" ] || { echo "  CHANGED: it was: $2"; failed=1; }
}

need unshare util-linux
need ip iproute2
echo "Version: Linux $(uname -r), $(ip -V)"

cat >"$folder/try.sh" <<'TRY'
lower() { ip -j link show dev "$1" | sed -n "s/.*\"link\":\"\\([^\"]*\\).*/\\1/p"; }
ip link add dev low up type bridge
ip link add dev m0 link low type macvlan mode bridge
ip link add dev m1 link m0 type macvlan mode bridge
echo "status=$?"
echo "m0=$(lower m0)"
echo "m1=$(lower m1)"
ip link set dev m1 up
echo "up=$(cat /sys/class/net/m1/flags)"
ip link delete dev m0
echo "left=$(lower m1)"
TRY
unshare --net --mount bash -eu -c "mount -t sysfs none /sys && . $folder/try.sh" >"$folder/seen"
seen() { sed -n "s/^$1=//p" "$folder/seen"; }
expect "exit status of ip link add" 0 "$(seen status)"
expect "lower link of m0" low "$(seen m0)"
expect "lower link of m1, created on m0" low "$(seen m1)"
expect "m1 comes up while m0 is down: flags (IFF_UP is 0x1)" 0x1003 "$(seen up)"
expect "lower link of m1 after m0 was deleted" low "$(seen left)"

exit $failed
