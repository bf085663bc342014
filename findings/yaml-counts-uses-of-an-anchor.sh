#!/usr/bin/env bash
# yaml rejects a list that uses one short word a hundred times by an alias.
#
# Guess:  `maxAliasCount` (100) limits what aliases expand to, and is meant for aliases of aliases. A plain word used 100
#         times expands to almost nothing, so yaml accepts it, as js-yaml does.
# Seen:   the uses of each anchor are counted separately, multiplied by the aliases that it contains. One anchor, a plain
#         word, is rejected from the 100th use on (the definition counts as the first); eleven anchors with 99 uses each,
#         1,089 aliases, pass. An anchor that contains one alias is rejected at the 50th use, and so is one with a merge key
#         inside (`<<: *defaults`).
# Why it surprises: 50 machines that take their defaults from one anchor, which takes its own from another, are "a resource
#         exhaustion attack", and a file eleven times as long is not.

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
(cd "$folder" && npm install --silent --no-fund --no-audit --no-package-lock --ignore-scripts --prefix . "node-linux-$arch@20.20.2" yaml@2.9.1 js-yaml@4.1.1)
node=$folder/node_modules/node-linux-$arch/bin/node
echo "Version: Node.js $("$node" --version), yaml 2.9.1, js-yaml 4.1.1"

cat > "$folder/try.mjs" <<'EOF'
import { parse } from 'yaml';
import { load } from 'js-yaml';
const use = (name, count) => `- *${name}\n`.repeat(count);
const files = {
  word: (count) => `a: &a word\nlist:\n${use('a', count)}`,
  many: (count) => `${Array.from({ length: 11 }, (_, i) => `k${i}: &k${i} word\n`).join('')}list:\n${Array.from({ length: 11 }, (_, i) => use(`k${i}`, count)).join('')}`,
  merged: (count) => `a: &a { x: 1 }\nb: &b { <<: *a, y: 2 }\nlist:\n${'- { <<: *b }\n'.repeat(count)}`,
};
const [reader, file, count] = process.argv.slice(2);
try {
  const text = files[file](Number(count));
  console.log(`${(reader === 'yaml' ? parse(text, { merge: true }) : load(text)).list.length} entries`);
} catch (error) {
  console.log(error.message);
}
EOF
seen() { "$node" "$folder/try.mjs" "$@"; }
refused='Excessive alias count indicates a resource exhaustion attack'
expect 'one word, 99 aliases' '99 entries' "$(seen yaml word 99)"
expect 'one word, 100 aliases' "$refused" "$(seen yaml word 100)"
expect 'eleven words, 99 aliases each' '1089 entries' "$(seen yaml many 99)"
expect 'defaults of defaults, 49 aliases' '49 entries' "$(seen yaml merged 49)"
expect 'defaults of defaults, 50 aliases' "$refused" "$(seen yaml merged 50)"
expect 'js-yaml, one word, 100 aliases' '100 entries' "$(seen js-yaml word 100)"
expect 'js-yaml, defaults of defaults, 50 aliases' '50 entries' "$(seen js-yaml merged 50)"

exit $failed
