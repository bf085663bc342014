#!/bin/bash
# The init process of the virtual machine of run.sh: mounts file systems, runs the command, and writes its exit status.
export PATH=/bin:/sbin HOME=/root TERM=dumb NETWRIGHT_VM=1
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts /dev/shm && mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
mount -t cgroup2 cgroup2 /sys/fs/cgroup
ip link set lo up
cd /repository || exit 1
command=()
while read -r argument; do command+=("$(printf '%s' "$argument" | base64 -d)"); done </command
"${command[@]}" </dev/null
echo $? >/dev/ttyS1
poweroff -f
