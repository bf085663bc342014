#!/usr/bin/env bash
# glibc returns IPv4 addresses for IPv6 lines of /etc/hosts.
#
# Guess:  a name whose only line in /etc/hosts is `::1 six` has no IPv4 address.
# Seen:   it has 127.0.0.1, whatever the name is; and `::ffff:192.0.2.5 mapped` results in 192.0.2.5. Other IPv6 lines
#         result in nothing.
# Why it surprises: if a service listens only on ::1, because its name has no other address in the file, clients that
#         look up IPv4 connect to 127.0.0.1, where another program can be listening.

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

need unshare util-linux
need getent libc-bin
echo "Version: $(getent --version | head -n 1)"

printf '%s\n' '::1 six' '::ffff:192.0.2.5 mapped' 'fd00::1 other' >"$folder/hosts"
echo 'hosts: files' >"$folder/nsswitch.conf"
# seen DATABASE NAME: runs getent in a mount namespace whose /etc/hosts has only these lines.
seen() {
  unshare --mount bash -euc 'mount -t tmpfs none /run # no nscd
    mount --bind "$1/hosts" /etc/hosts; mount --bind "$1/nsswitch.conf" /etc/nsswitch.conf
    getent "$2" "$3" | head -n 1 | cut -d " " -f 1' bash "$folder" "$@" || true
}
[ -e /etc/nsswitch.conf ] || { echo 'This machine has no /etc/nsswitch.conf'; exit 1; }
expect '::1 six, asked for IPv4' 127.0.0.1 "$(seen ahostsv4 six)"
expect '::1 six, asked for IPv6' ::1 "$(seen ahostsv6 six)"
expect '::ffff:192.0.2.5 mapped, asked for IPv4' 192.0.2.5 "$(seen ahostsv4 mapped)"
expect 'fd00::1 other, asked for IPv4' '' "$(seen ahostsv4 other)"

exit $failed
