#!/bin/bash
# ip-batch.sh N - the job J(N) with `ip -batch`: one process for the names, one for the router and one for each namespace.
set -e
n=$1

create() {
  { echo netns add batch-router; for ((i = 0; i < n; i++)); do echo "netns add batch-$i"; done; } | ip -batch -
  {
    echo link set lo up
    echo link add br0 type bridge
    echo addr add 10.77.0.1/16 dev br0
    echo link set br0 up
    for ((i = 0; i < n; i++)); do
      echo "link add v$i type veth peer name eth0 netns batch-$i"
      echo "link set v$i master br0 up"
    done
  } | ip -n batch-router -batch -
  ip netns exec batch-router sh -c \
    'echo 1 >/proc/sys/net/ipv4/ip_forward; iptables -t nat -A POSTROUTING -s 10.77.0.0/16 -j MASQUERADE'
  for ((i = 0; i < n; i++)); do
    a=$((i + 2))
    ip -n batch-$i -batch - <<END
link set lo up
addr add 10.77.$((a >> 8)).$((a & 255))/16 dev eth0
link set eth0 up
route add default via 10.77.0.1
END
  done
}

remove() {
  { for ((i = 0; i < n; i++)); do echo "netns del batch-$i"; done; echo netns del batch-router; } | ip -batch -
}

# Microseconds since the epoch.
now() { echo "${EPOCHREALTIME/[.,]/}"; }

milliseconds() { echo "$(($1 / 1000)).$(printf %03d $(($1 % 1000)))"; }

t0=$(now)
create
t1=$(now)
remove
t2=$(now)
echo "{\"create\":$(milliseconds $((t1 - t0))),\"remove\":$(milliseconds $((t2 - t1))),\"removing\":$(milliseconds "$t1")}"
