#!/usr/bin/env bash
# undici, proxy-from-env, curl and wget agree on no form of NO_PROXY but the bare name.
#
# Guess:  a network (127.0.0.0/8), an address with its port, a suffix and `*.suffix` in NO_PROXY mean the same to all four, give
#         or take an old program.
# Seen:   only the whole address is read alike. A network is known to curl alone (7.86 or newer), a port to the two npm packages
#         alone, `*.suffix` likewise; a suffix without its dot goes past the proxy for undici and wget, not for the others.
# Why it surprises: whichever form is chosen, of two programs in one container one goes to the proxy and one past it.

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
(cd "$folder" && npm install --silent --no-fund --no-audit --no-package-lock --ignore-scripts --prefix . "node-linux-$arch@20.20.2" undici@7.30.2 proxy-from-env@2.1.0)
node=$folder/node_modules/node-linux-$arch/bin/node
echo "Version: Node.js $("$node" --version), undici 7.30.2, proxy-from-env 2.1.0"

need curl curl
need wget wget
echo "Version: $(curl --version | head -n 1 | cut -d ' ' -f 1,2), $(wget --version | head -n 1)"
cat > "$folder/try.mjs" <<'EOF'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { getProxyForUrl } from 'proxy-from-env';
import { EnvHttpProxyAgent, request } from 'undici';
const listen = async (name) => {
  const server = createServer((_, response) => response.end(name));
  server.on('connect', (_, socket) => socket.end('HTTP/1.1 502 proxy\r\n\r\n'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server.address().port;
};
const [origin, proxy] = [await listen('direct'), await listen('proxy')];
const url = `http://127.0.0.1:${origin}/`;
for (const name of Object.keys(process.env)) if (/proxy$/i.test(name)) delete process.env[name];
process.env.http_proxy = `http://127.0.0.1:${proxy}`;
const run = async (command, ...words) => {
  const child = spawn(command, words);
  let text = '';
  child.stdout.on('data', (data) => (text += data));
  await once(child, 'close');
  return text;
};
const undici = async () => {
  try {
    const { statusCode, body } = await request(url, { dispatcher: new EnvHttpProxyAgent() });
    return statusCode === 502 ? 'proxy' : await body.text();
  } catch {
    return 'proxy';
  }
};
for (const form of ['127.0.0.1', '127.0.0.0/8', '127.0.0.1:PORT', '0.0.1', '*.0.0.1']) {
  process.env.no_proxy = form.replace('PORT', origin);
  console.log(`${form}=${[await undici(), getProxyForUrl(url) === '' ? 'direct' : 'proxy', await run('curl', '-qs', url), await run('wget', '--no-config', '-qO-', url)].join(' ')}`);
}
process.exit();
EOF
"$node" "$folder/try.mjs" >"$folder/seen"
seen() { awk -F= -v form="$1" '$1 == form { print $2 }' "$folder/seen"; }
echo 'Who goes where, in this order: undici, proxy-from-env, curl, wget'
expect 127.0.0.1 'direct direct direct direct' "$(seen 127.0.0.1)"
expect 127.0.0.0/8 'proxy proxy direct proxy' "$(seen 127.0.0.0/8)"
expect 127.0.0.1:PORT 'direct direct proxy proxy' "$(seen 127.0.0.1:PORT)"
expect 0.0.1 'direct proxy proxy direct' "$(seen 0.0.1)"
expect '*.0.0.1' 'direct direct proxy proxy' "$(seen '*.0.0.1')"

exit $failed
