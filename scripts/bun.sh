#!/usr/bin/env bash
# Runs tests with Bun from the npm registry, the runtime of the single executable (docs/adr/0052): all of unit and golden,
# and those of system calls, netlink, threads in namespaces and processes.
# Usage: scripts/bun.sh [arguments of scripts/test.mjs]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Pinned, so that a new version of Bun is tested by the change that selects it, and does not break another one.
version=1.4.5

case $(node -p process.arch) in arm64) arch=aarch64 ;; *) arch=x64 ;; esac
# The package for this architecture, which the package `bun` would install by a postinstall script.
package=@oven/bun-linux-$arch
folder=build/bun
bun=$folder/node_modules/$package/bin/bun
if [[ $("$bun" --version 2>/dev/null) != "$version" ]]; then
  npm install --silent --no-save --no-package-lock --no-fund --no-audit --ignore-scripts --prefix "$folder" "$package@$version"
fi
echo "Bun $("$bun" --version)"

if (($# == 0)); then
  set -- unit golden kernel behaviour -- src/ golden/ \
    kernel/{netlink,conntrack,dump-roundtrip,names,settings}. behaviour/{services,exec,node,become,workers}.
fi
exec node scripts/test.mjs "--bun=$bun" "$@"
