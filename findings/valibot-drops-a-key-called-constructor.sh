#!/usr/bin/env bash
# valibot drops the key `constructor`, without an issue and without checking its value.
#
# Guess:  `record(string(), number())` reports for {"constructor": "x"} that a string is not a number, or returns
#         {"constructor": 1}.
# Seen:   success, and the key is gone; the same for `prototype`, and in `objectWithRest` and `looseObject`. `toString`,
#         which an object inherits just as well, is kept and checked.
# Why it surprises: a validator that reports success has accepted a value without checking it. The keys are skipped to
#         prevent prototype pollution, but "constructor" is an ordinary word: names of machines, services and columns
#         are keys of such maps.

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
(cd "$folder" && npm install --silent --no-fund --no-audit --no-package-lock --ignore-scripts --prefix . "node-linux-$arch@20.20.2" valibot@1.5.0)
node=$folder/node_modules/node-linux-$arch/bin/node
echo "Version: Node.js $("$node" --version), valibot 1.5.0"

cat > "$folder/try.mjs" <<'EOF'
import * as v from 'valibot';
const [kind, key, value] = process.argv.slice(2);
const schema = { record: v.record(v.string(), v.number()), objectWithRest: v.objectWithRest({}, v.number()), looseObject: v.looseObject({}) }[kind];
const { success, output } = v.safeParse(schema, JSON.parse(`{ "${key}": ${value} }`));
console.log(success ? `success ${JSON.stringify(output)}` : 'refused');
EOF
seen() { "$node" "$folder/try.mjs" "$@"; }
for kind in record objectWithRest looseObject; do
  for key in constructor prototype; do expect "$kind, { \"$key\": 1 }" 'success {}' "$(seen $kind $key 1)"; done
  expect "$kind, { \"toString\": 1 }" 'success {"toString":1}' "$(seen $kind toString 1)"
done
expect 'record of numbers, { "constructor": "x" }' 'success {}' "$(seen record constructor '"x"')"
expect 'record of numbers, { "toString": "x" }' refused "$(seen record toString '"x"')"

exit $failed
