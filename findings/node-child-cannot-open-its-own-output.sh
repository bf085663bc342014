#!/usr/bin/env bash
# A program that Node.js starts cannot open /dev/stdout.
#
# Guess:  `echo hello > /dev/stdout` in a child with the default stdio: 'pipe' writes into the pipe, as in `sh -c … | cat`.
# Seen:   the child gets UNIX sockets, not pipes; opening one by /dev/stdout, /dev/stderr, /dev/stdin or /proc/self/fd/N is ENXIO.
# Why it surprises: the option is called 'pipe', the documentation speaks of pipes, and the same script works in a shell's
#         pipeline, under Python's subprocess and in a terminal. Only writing to the descriptor itself (`>&1`, `>&2`) works.

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

need npm npm
case $(uname -m) in x86_64) arch=x64 ;; *) arch=arm64 ;; esac
(cd "$folder" && npm install --silent --no-fund --no-audit --no-package-lock --ignore-scripts --prefix . "node-linux-$arch@20.20.2")
node=$folder/node_modules/node-linux-$arch/bin/node
echo "Version: Node.js $("$node" --version)"

cat > "$folder/try.mjs" <<'EOF'
import { spawnSync } from 'node:child_process';
for (const command of ['echo hello > /dev/stdout', 'echo hello > /dev/stderr', 'cat /dev/stdin', 'echo hello >&1', 'readlink /proc/self/fd/1']) {
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', command], { input: 'in\n', env: { ...process.env, LC_ALL: 'C' } });
  const text = `${stdout}${stderr}`.trim().replace(/\d{3,}/g, 'N');
  console.log(`${command} | ${status === 0 ? 'works' : 'fails'}: ${/No such device or address/.test(text) ? 'No such device or address' : text}`);
}
EOF
seen() { "$node" "$folder/try.mjs" | grep -F "$1 |" | sed 's/.*| //'; }
for command in 'echo hello > /dev/stdout' 'echo hello > /dev/stderr' 'cat /dev/stdin'; do
  expect "Node.js, $command" 'fails: No such device or address' "$(seen "$command")"
done
expect 'Node.js, echo hello >&1' 'works: hello' "$(seen 'echo hello >&1')"
expect 'Node.js, what the output is' 'works: socket:[N]' "$(seen 'readlink /proc/self/fd/1')"
expect 'a shell, echo hello > /dev/stdout | cat' 'hello' "$(sh -c 'echo hello > /dev/stdout' | cat)"

exit $failed
