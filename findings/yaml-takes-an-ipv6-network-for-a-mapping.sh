#!/usr/bin/env bash
# In YAML, an IPv6 address that ends in two colons is a mapping.
#
# Guess:  `fd00::` is plain text like `fd00::1` and `fd00::/64`: a list of addresses can contain it without quotes.
# Seen:   `- fd00::` is { "fd00:": null } for both parsers, without a warning; so is `::`. With a prefix length or a last
#         group it is text, and `address: fd00::` is an error about nested mappings.
# Why it surprises: the last character of an address decides whether it is text, and a list that was parsed without an
#         error contains an object.

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
const [reader, text] = process.argv.slice(2);
try {
  console.log(JSON.stringify((reader === 'yaml' ? parse : load)(text)));
} catch {
  console.log('an error');
}
EOF
for reader in yaml js-yaml; do
  seen() { "$node" "$folder/try.mjs" $reader "$1"; }
  expect "$reader, - fd00::" '[{"fd00:":null}]' "$(seen '- fd00::')"
  expect "$reader, [fd00::, fd00::1]" '[{"fd00:":null},"fd00::1"]' "$(seen '[fd00::, fd00::1]')"
  expect "$reader, - ::" '[{":":null}]' "$(seen '- ::')"
  expect "$reader, - fd00::/64" '["fd00::/64"]' "$(seen '- fd00::/64')"
  expect "$reader, - ::1" '["::1"]' "$(seen '- ::1')"
  expect "$reader, address: fd00::" 'an error' "$(seen 'address: fd00::')"
done

exit $failed
