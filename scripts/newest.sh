#!/usr/bin/env bash
# Runs tests on the newest Node.js that there is, as it comes from the npm registry, for what it does otherwise than the one at
# hand: all of unit and golden, and of kernel what uses the foreign function interface the most.
# Usage: scripts/newest.sh [arguments of scripts/test.mjs]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Written down, so that a new Node.js fails where it is looked at, and not in somebody's change.
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
