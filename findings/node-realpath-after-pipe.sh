#!/usr/bin/env bash
# Node.js: after fs.fstatSync() of a pipe, require() uses the path of a symbolic link to a package, not its real path.
#
# Guess: require() identifies a module by its real path, whatever the program did before (pnpm and `npm link` rely on it: a
#   package finds its dependencies next to its real path).
# Seen (Node.js 20.20.2): fs.realpathSync() checks whether the file of the *last* stat call, by any code, was a pipe or a
#   socket, and stops there. Once a program has called fs.fstatSync(1) with its output in a pipe, the next package that is
#   required through a link keeps the link's path, and so do its own relative requires. With the output in a file, it
#   does not: `program` works, and `program | cat` fails with MODULE_NOT_FOUND.
# Workaround: stat a regular file or a folder before a late require, such as fs.statSync('/').
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

case $(uname -m) in x86_64) arch=x64 ;; *) arch=arm64 ;; esac
npm install --silent --no-fund --no-audit --no-save --ignore-scripts --prefix node "node-linux-$arch@20.20.2" >/dev/null
node=$folder/node/node_modules/node-linux-$arch/bin/node

npm install --silent --no-save --prefix elsewhere ms@2.1.3 >/dev/null
mkdir -p app/node_modules
ln -s "$folder/elsewhere/node_modules/ms" app/node_modules/ms
echo '' >app/first.js
cat >app/main.js <<'JS'
const fs = require('node:fs');
require('./first.js'); // its folder is cached now
if (process.argv[2] === 'ask') fs.fstatSync(1);
if (process.argv[3] === 'remedy') fs.statSync('/');
process.stdout.write(require.resolve('ms'));
JS

real=$(realpath "$folder")/elsewhere/node_modules/ms/index.js
link=$(realpath "$folder/app")/node_modules/ms/index.js
"$node" app/main.js ask >file
in_file=$(cat file)
in_pipe=$("$node" app/main.js ask | cat)
not_asked=$("$node" app/main.js no | cat)
remedied=$("$node" app/main.js ask remedy | cat)

echo "Version: Node.js $("$node" --version)"
echo "asked, output in a file:       $in_file"
echo "asked, output in a pipe:       $in_pipe"
echo "not asked, output in a pipe:   $not_asked"
echo "asked, and of a folder, too:   $remedied"
[[ $in_file == "$real" && $not_asked == "$real" && $remedied == "$real" ]] || { echo 'not even the other three are as expected' >&2; exit 1; }
[[ $in_pipe == "$link" ]] || { echo 'CHANGED: it is the real path now' >&2; exit 1; }
