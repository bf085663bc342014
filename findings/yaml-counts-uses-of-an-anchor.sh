#!/usr/bin/env bash
# yaml refuses a list that uses one short word a hundred times by an alias.
#
# Guess:  `maxAliasCount` (100) bounds what aliases expand to, and is there for aliases of aliases; a plain word used 100 times
#         expands to nothing, so it passes, and as js-yaml does, so does yaml.
# Seen:   the uses of each anchor are counted for itself, multiplied by the aliases that it holds. One anchor, a plain word, is
#         refused from the 100th use on (the definition counts as the first); eleven anchors with 99 uses each, 1,089 aliases, pass.
#         An anchor that itself has one alias is refused at the 50th use, and one merge key inside makes `<<: *defaults` fail there.
# Why it surprises: 50 machines that take their defaults from one anchor, which takes its own from another, are "a resource
#         exhaustion attack", and a file eleven times as long is not.

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
