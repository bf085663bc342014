#!/usr/bin/env bash
# `ip link add NAME alias TEXT type TYPE` creates a link without an alias, and succeeds.
#
# Guess:  attributes in the message that creates a link are all applied, as the group, the MTU and the address are; one that the
#         kernel does not take there is an error, with the name of the attribute.
# Seen:   the group is set, the alias is not, exit status 0, no message. `ip link set NAME alias TEXT` afterwards sets it.
# Why it surprises: whoever marks links as theirs by an alias has an instant after each creation at which a link has no mark,
#         and one that is killed then leaves a link that nobody knows as its own. IFLA_GROUP has no such gap.

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
field() { ip -j link show dev cable0 | sed -n "s/.*\"$1\":\"\\{0,1\\}\\([^\",]*\\).*/\\1/p"; }
ip link add dev cable0 group 7 mtu 1400 alias "owned by demo" type veth peer name cable1
echo "status=$?"
echo "group=$(field group)"
echo "mtu=$(field mtu)"
echo "alias=$(field ifalias)"
ip link set dev cable0 alias "owned by demo"
echo "later=$(field ifalias)"
TRY
unshare --net bash -eu "$folder/try.sh" >"$folder/seen"
seen() { sed -n "s/^$1=//p" "$folder/seen"; }
expect "exit status of ip link add" 0 "$(seen status)"
expect "group" 7 "$(seen group)"
expect "mtu" 1400 "$(seen mtu)"
expect "alias" "" "$(seen alias)"
expect "alias after ip link set" "owned by demo" "$(seen later)"

exit $failed
