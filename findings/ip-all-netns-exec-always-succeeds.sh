#!/usr/bin/env bash
# `ip -all netns exec` exits with 0, even if the command failed everywhere or does not exist.
#
# Guess:  as `ip netns exec NAME COMMAND`, which exits with the command's status: a failure in any namespace shows.
# Seen:   0 if it failed in all namespaces, 0 if there is no such command; with one name, 1 in both cases.
# Why it surprises: `ip -all netns exec nft -f rules && echo done` in a script under `set -e` continues, with no rules
#         anywhere. ip-netns(8) says that it continues after a failure, but not that the failure is ignored.

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
echo "Version: $(ip -V)"

# status WORDS: the exit status of `ip WORDS`, with two namespaces, a and b.
status() {
  unshare --net --mount bash -euc 'mount -t tmpfs none /run; ip netns add a; ip netns add b
    if ip "$@" >/dev/null 2>&1; then echo 0; else echo $?; fi' bash "$@"
}
expect 'ip -all netns exec false' 0 "$(status -all netns exec false)"
expect 'ip -all netns exec no-such-command' 0 "$(status -all netns exec no-such-command)"
expect 'ip netns exec a false' 1 "$(status netns exec a false)"
expect 'ip netns exec a no-such-command' 1 "$(status netns exec a no-such-command)"

exit $failed
