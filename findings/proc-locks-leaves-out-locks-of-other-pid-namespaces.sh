#!/usr/bin/env bash
# /proc/locks does not list a lock whose holder is in another PID namespace, though the lock is in force.
#
# Guess:  /proc/locks lists every lock of the machine, and shows the process as 0 or -1 where it cannot be named, as /proc does with
#         processes of outer PID namespaces elsewhere (NSpid, SO_PEERCRED).
# Seen:   in a container-like PID namespace, a file that is locked by a process outside cannot be locked (flock -n fails), and
#         /proc/locks has no line for it; outside there is one.
# Why it surprises: a lock that is denied is listed nowhere. Tools that look into /proc/locks to tell whether a lock file is stale take
#         one of a running process on the host for free. The only reliable test is to try the lock.

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
need flock util-linux
echo "Version: Linux $(uname -r), $(flock --version)"

exec 9>"$folder/lock"
flock 9
export LOCK=$folder/lock
LINE=":$(stat -c %i "$LOCK") "
export LINE
inside() { unshare --pid --fork --mount-proc bash -c "$1" 9>&-; }
expect "outside, lines of /proc/locks for the file" 1 "$(grep -c "$LINE" /proc/locks || true)"
expect "inside, lines of /proc/locks for the file" 0 "$(inside 'grep -c "$LINE" /proc/locks || true')"
expect "inside, exit status of flock -n" 1 "$(inside 'status=0; flock -n "$LOCK" true || status=$?; echo $status')"
flock -u 9
expect "inside, once it is unlocked" 0 "$(inside 'status=0; flock -n "$LOCK" true || status=$?; echo $status')"

exit $failed
