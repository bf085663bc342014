#!/usr/bin/env bash
# V8 accepts the code cache of another program, if both sources have the same number of characters.
#
# Guess:  `cachedData` is checked against the source text: code of another source is rejected, like code of another version
#         or other flags (`script.cachedDataRejected`).
# Seen:   only the length of the source is compared. With the cache of an older source of the same length nothing is
#         rejected, and the old program runs. With one more character, it is rejected.
# Why it surprises: replacing 1 by 2, or a word by another of the same length, is the most common change. A cache
#         must be named by a hash of the program.

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

cat > "$folder/try.mjs" <<'EOF'
import { Script } from 'node:vm';
const cachedData = new Script("'old ' + 1").createCachedData();
const script = new Script(process.argv[2], { cachedData });
console.log(`${script.cachedDataRejected ? 'rejected' : 'accepted'}, runs as: ${script.runInThisContext()}`);
EOF
seen() { "$node" "$folder/try.mjs" "$1"; }
expect "cache of \"'old ' + 1\", source \"'new ' + 2\"" 'accepted, runs as: old 1' "$(seen "'new ' + 2")"
expect "cache of \"'old ' + 1\", source \"'new ' + 22\"" 'rejected, runs as: new 22' "$(seen "'new ' + 22")"

exit $failed
