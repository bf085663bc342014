#!/usr/bin/env bash
# Runs a command on Debian's kernel in a virtual machine that qemu emulates, with this repository in it: for features that the
# kernel of this machine lacks. Usage: scripts/vm/run.sh COMMAND [ARGUMENT...]; exits with the status of the command.
#
# The virtual machine has no disk and no network. Its root is an initramfs with the programs below and their libraries, the
# kernel's network modules, build/, dist/ and the packages that they load.
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
  # The shell and small tools; the programs above replace those of busybox.
  for name in $("$root/bin/busybox" --list); do [[ -e $root/bin/$name ]] || ln -s busybox "$root/bin/$name"; done
  ln -sf ../bin/busybox "$root/sbin/modprobe"
  for name in "${programs[@]}"; do
    [[ -L $root/bin/$name ]] && rm "$root/bin/$name"
    add_program "$name"
    [[ -e $root/bin/$name ]] || ln -s busybox "$root/bin/$name"
  done
  # The shell of busybox would run its own `ip` instead of iproute2's.
  ln -sf bash "$root/bin/sh"
  # Loaded with dlopen(3), so ldd does not list them: name service switch and resolver.
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

# Each argument on a separate line in base64, so that no shell interprets it.
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
# no_timer_check: on a busy machine, timer interrupts can be so late that the kernel would consider the timer broken.
# tsc=reliable: the other clocks are devices, which qemu emulates at each read.
# norandmaps, -smp 1, qemu64: qemu translates code once for each address, and again if another program gets its memory. With
# fixed addresses and one processor, programs are translated less often. Wide vector instructions are slow to emulate.
# The first serial port has the output of the command, the second only its exit status.
setpriv --pdeathsig TERM timeout --foreground "$seconds" qemu-system-x86_64 -accel tcg -cpu qemu64 -smp 1 -m "$memory" \
  -nodefaults -no-user-config -no-reboot -display none \
  -kernel "$kernel"/boot/vmlinuz-* -initrd "$cache/root.cpio" \
  -append 'console=ttyS0 quiet loglevel=3 panic=-1 mitigations=off random.trust_cpu=on no_timer_check tsc=reliable norandmaps' \
  -serial stdio -serial "file:$status_file" </dev/null || { echo "the machine did not end by itself" >&2; exit 124; }
status=$(tr -dc '0-9' <"$status_file" | tail -c 3)
[[ -n $status ]] || { echo 'the machine ended before the command did' >&2; exit 125; }
exit "$status"
