#!/usr/bin/env bash
# Bun: a compiled executable writes its native addons to the folder for temporary files, leaves them there, and needs to be allowed
# to run code from there.
#
# Guess: what `bun build --compile` has embedded is loaded out of the executable (Linux has memfd_create(2) for that, and Node.js'
#   single executables use it), or from a file that is removed once it is loaded. Where /tmp is mounted noexec, as hardened machines
#   have it, the executable works, since it stands elsewhere itself.
# Seen (Bun 1.4.5): the addon is written to $TMPDIR/.bun-UID-HASH.node and stays there when the process has ended; the next process
#   loads that file. With noexec it fails: "failed to map segment".
# Why it surprises: "a single executable" depends on what is mounted at /tmp, and leaves a file behind for each version of an addon.
# The remedy for a program: embed the addon as a plain file, write it to a memfd, and process.dlopen() /proc/self/fd/N.
set -euo pipefail
sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

case $(uname -m) in x86_64) arch=x64 bun_arch=x64 ;; *) arch=arm64 bun_arch=aarch64 ;; esac
npm install --silent --no-fund --no-audit --no-save --ignore-scripts --prefix . "@oven/bun-linux-$bun_arch@1.4.5" koffi@3.3.4 >/dev/null
bun=$folder/node_modules/@oven/bun-linux-$bun_arch/bin/bun

cat >program.cjs <<JS
const koffi = require('@koromix/koffi-linux-$arch/linux_$arch/koffi.node');
console.log(koffi.load(null).func('int getpid()')() === process.pid ? 'works' : 'does not');
JS
"$bun" build --compile --outfile=program program.cjs >/dev/null

failed=0
# expect WHAT WANTED SEEN
expect() {
  echo "$1: $3"
  [ "$2" = "$3" ] || { echo "  CHANGED: it was: $2"; failed=1; }
}
names() { ls -A "$1" | sed -E 's/[0-9a-f]{16}/HASH/'; }
echo "Version: Bun $("$bun" --version)"
mkdir temporary
expect 'the program' works "$(TMPDIR=$folder/temporary ./program)"
expect 'left behind' ".bun-$(id -u)-HASH.node" "$(names temporary)"
expect 'bytes that differ from the addon' 0 \
  "$(cmp -l temporary/.bun-* "node_modules/@koromix/koffi-linux-$arch/linux_$arch/koffi.node" | wc -l)"
mkdir noexec
expect 'where that may run nothing' 'failed to map segment from shared object' \
  "$(unshare --mount sh -c "mount -t tmpfs -o noexec none noexec && TMPDIR=$folder/noexec ./program" 2>&1 | grep -o 'failed to map.*' | head -1)"
exit $failed
