#!/usr/bin/env bash
# Bun: String.raw`é` has six characters, and every other template tag gets the same text.
#
# Guess: a tag gets the template's text as it stands in the file; String.raw`é` is `é`, of length 1. Node.js and ECMAScript agree.
# Seen (Bun 1.4.5): Bun rewrites each file in ASCII before it runs it. Characters outside ASCII become escapes (\u00E9), which
#   raw text does not decode. The same happens to the `source` of a regular expression literal, and in the output of
#   `bun build --target=bun`; --target=node keeps the text. The same expression in eval() is correct.
# Why it surprises: the file is plain, valid JavaScript, nothing fails, and only texts that are not English are wrong.
set -euo pipefail
sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

case $(uname -m) in x86_64) arch=x64 bun_arch=x64 ;; *) arch=arm64 bun_arch=aarch64 ;; esac
npm install --silent --no-fund --no-audit --no-save --ignore-scripts --prefix . \
  "@oven/bun-linux-$bun_arch@1.4.5" "node-linux-$arch@26.12.1" >/dev/null
bun=$folder/node_modules/@oven/bun-linux-$bun_arch/bin/bun
node=$folder/node_modules/node-linux-$arch/bin/node

cat >program.mjs <<'JS'
console.log([String.raw`é`, (({ raw }) => raw[0])`東京`, /é/.source, `é`, eval('String.raw`é`')].join(' '));
JS
"$bun" build --target=bun program.mjs >for-bun.mjs
"$bun" build --target=node program.mjs >for-node.mjs

failed=0
# expect WHAT EXPECTED ACTUAL
expect() {
  echo "$1: $3"
  [ "$2" = "$3" ] || { echo "  CHANGED: it was: $2"; failed=1; }
}
echo "Versions: Bun $("$bun" --version), Node.js $("$node" --version)"
expect 'Node.js' 'é 東京 é é é' "$("$node" program.mjs)"
expect 'Bun' '\u00E9 \u6771\u4EAC \u00E9 é é' "$("$bun" program.mjs)"
expect 'built by Bun for Bun, run by Node.js' '\u00E9 \u6771\u4EAC \u00E9 é é' "$("$node" for-bun.mjs)"
expect 'built by Bun for Node.js, run by Node.js' 'é 東京 é é é' "$("$node" for-node.mjs)"
exit $failed
