#!/usr/bin/env bash
# Node.js makes the pipe to which it writes non-blocking for all processes that share it; a killed Node.js leaves it so.
#
# Guess:  `process.stdout` on a pipe is synchronous on Linux (according to its documentation), so the descriptor is blocking,
#         and how one process writes does not affect others.
# Seen:   O_NONBLOCK is set as soon as process.stderr is used. It belongs to the open file description, which parent,
#         siblings and children share. Node.js clears it at a normal exit; after SIGKILL it stays: the shell's own descriptor
#         is non-blocking, and an ordinary program that writes more than the pipe holds gets EAGAIN instead of blocking.
# Why it surprises: the write error occurs in another program, after the cause is gone.

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

need npm npm
case $(uname -m) in x86_64) arch=x64 ;; *) arch=arm64 ;; esac
(cd "$folder" && npm install --silent --no-fund --no-audit --no-package-lock --ignore-scripts --prefix . "node-linux-$arch@20.20.2")
node=$folder/node_modules/node-linux-$arch/bin/node
echo "Version: Node.js $("$node" --version)"

cat > "$folder/try.sh" <<'EOF'
node=$1
mkfifo "$2/pipe"
exec 7<>"$2/pipe"
mode() { flags=$(sed -n 's/^flags:[[:space:]]*//p' /proc/$$/fdinfo/7); (((8#$flags & 8#4000) != 0)) && echo non-blocking || echo blocking; }
echo "before=$(mode)"
"$node" -e 'process.stderr.write("x")' 2>&7
echo "ended=$(mode)"
"$node" -e 'process.stderr.write("x", () => process.kill(process.pid, "SIGKILL"))' 2>&7 || true
echo "killed=$(mode)"
# With a blocking pipe that nobody reads, this would wait forever.
if [ "$(mode)" = non-blocking ]; then
  head -c 2000000 /dev/zero 2>/dev/null | LC_ALL=C cat 2>"$2/error" >&7 || true
  echo "write=$(grep -o 'Resource temporarily unavailable' "$2/error")"
fi
EOF
bash "$folder/try.sh" "$node" "$folder" >"$folder/seen" 2>/dev/null
seen() { sed -n "s/^$1=//p" "$folder/seen"; }
expect 'the pipe of a shell at first' blocking "$(seen before)"
expect 'after a Node.js that ended by itself' blocking "$(seen ended)"
expect 'after a Node.js that was killed' non-blocking "$(seen killed)"
expect "then cat's write error" 'Resource temporarily unavailable' "$(seen write)"

exit $failed
