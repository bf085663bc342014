#!/usr/bin/env bash
# Installs the programs that the tests or the benchmarks compare Netwright with. Netwright itself needs none of them.
# Usage: scripts/setup.sh test|bench
set -euo pipefail
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

# Each entry: a Debian package, and a command that succeeds if it is installed.
test_tools=(
  'nftables|command -v nft'
  'iproute2|command -v ip && command -v tc && command -v bridge'
  'iputils-ping|command -v ping'
  'tcpdump|command -v tcpdump'
  'conntrack|command -v conntrack'
  'curl|command -v curl'
  'dnsmasq-base|command -v dnsmasq'
  'passt|command -v pasta'
  'slirp4netns|command -v slirp4netns'
  'uidmap|command -v newuidmap'
  'zsh|command -v zsh'
  'fish|command -v fish'
  # For the virtual machine with another kernel: scripts/vm/run.sh.
  'qemu-system-x86|command -v qemu-system-x86_64'
  'busybox-static|busybox --list'
  'cpio|command -v cpio'
  'kmod|command -v depmod'
)
# Firewalls for the tests of coexistence. Only for CI, since installing one can change the rules of the machine.
ci_tools=(
  'iptables|command -v iptables'
  'firewalld|command -v firewall-cmd'
  'ufw|command -v ufw'
  'dbus-daemon|command -v dbus-daemon'
  'docker.io|command -v dockerd && command -v docker'
)
bench_tools=(
  'gcc|command -v gcc'
  'libc6-dev|test -e /usr/include/stdio.h'
  "python3-pyroute2|/usr/bin/python3 -c 'import pyroute2'"
  'iptables|command -v iptables'
  'libnftables-dev|test -e /usr/include/nftables/libnftables.h'
)

case "${1:-}" in
  test) tools=("${test_tools[@]}") && if [[ ${CI:-} == true ]]; then tools+=("${ci_tools[@]}"); fi ;;
  bench) tools=("${test_tools[@]}" "${bench_tools[@]}") ;;
  *) echo "usage: $0 test|bench" >&2; exit 2 ;;
esac

find_missing() {
  missing=()
  for tool in "${tools[@]}"; do
    bash -c "${tool#*|}" >/dev/null 2>&1 || missing+=("${tool%%|*}")
  done
}

find_missing
if ((${#missing[@]} == 0)); then exit 0; fi

if ((EUID == 0)) && command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  echo "Installing ${missing[*]}"
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  # With timeouts for mirrors that do not reply, and for the lock of another apt or dpkg.
  apt() { timeout 600 apt-get -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30 -o DPkg::Lock::Timeout=120 "$@"; }
  if ! { apt update && apt install -y --no-install-recommends "${missing[@]}"; } </dev/null >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
  fi
  find_missing
  if ((${#missing[@]} == 0)); then exit 0; fi
fi

echo "Missing: ${missing[*]} (names of Debian packages). Install them, or run this as root where apt-get exists" >&2
exit 1
