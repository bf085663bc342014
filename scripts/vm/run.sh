#!/usr/bin/env bash
# Runs a command on another kernel: Debian's, in a machine that qemu emulates, with this folder in it. For what the kernel
# at hand lacks. Usage: scripts/vm/run.sh COMMAND [ARGUMENT...]; exits as the command does.
#
# The machine has no disk and no network: its root is one archive in memory, of the programs below with their libraries,
# the kernel's network modules, build/, dist/ and the packages that they load.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

programs=(node bash ip bridge tc nft sysctl ping tcpdump conntrack mount umount unshare nsenter setpriv setsid flock ls cat sleep id env)
packages=(koffi @koromix valibot yaml commander fast-check pure-rand dns-packet @leichtgewicht undici)
folders=(build/src build/test build/bench build/joined dist examples test/support package.json)
memory=${NETWRIGHT_VM_MEMORY:-1536}
seconds=${NETWRIGHT_VM_SECONDS:-900}

cache=build/vm
kernel=$cache/kernel
root=$cache/root

fetch_kernel() {
  [[ -e $kernel/complete ]] && return
  rm -rf "$kernel" && mkdir -p "$kernel"
  local package
  find_package() { apt-cache depends linux-image-cloud-amd64 2>/dev/null | awk '/Depends: linux-image/ { print $2 }'; }
  package=$(find_package)
  [[ -n $package ]] || { timeout 300 apt-get update >/dev/null && package=$(find_package); }
  [[ -n $package ]] || { echo "apt knows no kernel of Debian's: linux-image-cloud-amd64" >&2; exit 1; }
  (cd "$kernel" && timeout 300 apt-get -o APT::Sandbox::User=root download "$package" >/dev/null && dpkg-deb -x ./*.deb . && rm ./*.deb)
  touch "$kernel/complete"
}

add_program() {
  local path
  path=$(PATH="$PATH:/usr/sbin:/sbin" command -v "$1") || return 0
  path=$(readlink -f "$path")
  install -D "$path" "$root/bin/$1"
  { ldd "$path" 2>/dev/null || true; } | grep -o '/[^ ]*' | while read -r library; do
    [[ -e $root$library ]] || install -D "$(readlink -f "$library")" "$root$library"
  done
}

make_root() {
  local release modules name
  release=$(basename "$kernel"/lib/modules/*)
  modules=lib/modules/$release
  rm -rf "$root"
  mkdir -p "$root"/{bin,sbin,proc,sys,dev,run,tmp,etc,root,usr,var/tmp,repository/node_modules}
  ln -s ../bin "$root/usr/bin"
  ln -s ../bin "$root/usr/sbin"
  install -D "$(command -v busybox)" "$root/bin/busybox"
  # The shell and the small tools; what is named above takes its place.
  for name in $("$root/bin/busybox" --list); do [[ -e $root/bin/$name ]] || ln -s busybox "$root/bin/$name"; done
  ln -sf ../bin/busybox "$root/sbin/modprobe"
  for name in "${programs[@]}"; do
    [[ -L $root/bin/$name ]] && rm "$root/bin/$name"
    add_program "$name"
    [[ -e $root/bin/$name ]] || ln -s busybox "$root/bin/$name"
  done
  # busybox's own shell would prefer its own `ip` to the one beside it.
  ln -sf bash "$root/bin/sh"
  # Loaded by name, not linked: users, hosts and names.
  for name in /lib/x86_64-linux-gnu/libnss_{files,dns}.so.2 /lib/x86_64-linux-gnu/libresolv.so.2; do
    [[ ! -e $name ]] || install -D "$(readlink -f "$name")" "$root$name"
  done
  printf 'root:x:0:0:root:/root:/bin/sh\n' >"$root/etc/passwd"
  printf 'root:x:0:\n' >"$root/etc/group"
  printf '127.0.0.1 localhost\n::1 localhost\n' >"$root/etc/hosts"
  printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
  for name in protocols services iproute2 ethertypes; do [[ ! -e /etc/$name ]] || cp -a "/etc/$name" "$root/etc/$name"; done
  : >"$root/etc/resolv.conf"
  mkdir -p "$root/$modules/kernel"
  cp -a "$kernel/$modules"/modules.{builtin,builtin.modinfo,order} "$root/$modules/"
  for name in net lib crypto arch fs/overlayfs drivers/net; do
    mkdir -p "$(dirname "$root/$modules/kernel/$name")"
    cp -a "$kernel/$modules/kernel/$name" "$root/$modules/kernel/$name"
  done
  depmod -b "$root" "$release"
  for name in "${folders[@]}"; do
    [[ ! -e $name ]] || { mkdir -p "$(dirname "$root/repository/$name")" && cp -a "$name" "$root/repository/$name"; }
  done
  for name in "${packages[@]}"; do
    [[ ! -e node_modules/$name ]] || cp -a "node_modules/$name" "$root/repository/node_modules/$name"
  done
  install -m 0755 scripts/vm/init.sh "$root/init"
}

# Each argument on a line of its own, in base 64: no shell reads it on the way.
make_command() {
  local argument
  for argument in "$@"; do printf '%s' "$argument" | base64 -w0 && echo; done >"$root/command"
}

fetch_kernel
make_root
make_command "$@"
(cd "$root" && find . -print0 | cpio --quiet -0 -o -H newc) >"$cache/root.cpio"

status_file=$cache/status
: >"$status_file"
# On a machine with much else to do the timer may not be heard in time, which the kernel would take for a broken one.
# The clock is the processor's: the others are devices, which qemu emulates at every look.
# qemu translates code once for each address it runs at, and again when another program gets the memory it was in. Hence one
# processor, which knows little (wide vector instructions and per-byte copies are slow to emulate), and programs that are at
# the same addresses each time.
# The first serial port carries the command's output, the second its status, as text that nothing else writes to.
setpriv --pdeathsig TERM timeout --foreground "$seconds" qemu-system-x86_64 -accel tcg -cpu qemu64 -smp 1 -m "$memory" \
  -nodefaults -no-user-config -no-reboot -display none \
  -kernel "$kernel"/boot/vmlinuz-* -initrd "$cache/root.cpio" \
  -append 'console=ttyS0 quiet loglevel=3 panic=-1 mitigations=off random.trust_cpu=on no_timer_check tsc=reliable norandmaps' \
  -serial stdio -serial "file:$status_file" </dev/null || { echo "the machine did not end by itself" >&2; exit 124; }
status=$(tr -dc '0-9' <"$status_file" | tail -c 3)
[[ -n $status ]] || { echo 'the machine ended before the command did' >&2; exit 125; }
exit "$status"
