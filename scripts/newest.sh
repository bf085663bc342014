#!/usr/bin/env bash
# Runs tests on the newest Node.js, from the npm registry, to find differences from the installed one: all of unit and golden,
# and those of kernel that use the foreign function interface the most.
# Usage: scripts/newest.sh [arguments of scripts/test.mjs]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Pinned, so that a new Node.js does not break the tests of an unrelated change.
version=26.12.1

package=node-linux-$(node -p process.arch)
folder=build/newest
node=$folder/node_modules/$package/bin/node
if [[ $("$node" --version 2>/dev/null) != "v$version" ]]; then
  npm install --silent --no-save --no-package-lock --no-fund --no-audit --ignore-scripts --prefix "$folder" "$package@$version"
fi
"$node" --version

if (($# == 0)); then
  set -- unit golden kernel -- src/ scripts/ golden/ kernel/netlink kernel/conntrack kernel/dump-roundtrip
fi
exec "$node" scripts/test.mjs "$@"
