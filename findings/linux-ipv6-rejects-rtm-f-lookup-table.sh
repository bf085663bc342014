#!/usr/bin/env bash
# An IPv4 route lookup reports the true table only with RTM_F_LOOKUP_TABLE; an IPv6 lookup fails with this flag, and reports
# the table without it.
#
# Guess:  RTM_F_LOOKUP_TABLE ("set rtm_table to FIB lookup result", linux/rtnetlink.h) is for RTM_GETROUTE in both families.
# Seen:   a route in table 77, found by a rule: IPv4 reports table 254 (main), which does not contain the route, without the
#         flag, and 77 with it. IPv6 reports 77 without the flag, and returns EINVAL with it on a socket with
#         NETLINK_GET_STRICT_CHK; without strict checking it ignores the flag.
# Why it surprises: without the flag, the IPv4 result is wrong instead of missing; and code that queries both families in the
#         same way works until strict checking is enabled.

set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0
sed -n '2,/^$/s/^# \{0,1\}//p' "$0"

# need COMMAND PACKAGE: installs the distribution's package if the command is missing.
need() {
  command -v "$1" >/dev/null && return
  apt-get -qq update >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$2" >/dev/null
}

# expect WHAT EXPECTED ACTUAL
expect() {
  echo "$1: $3"
  [ "$2" = "$3" ] || { echo "  CHANGED: it was: $2"; failed=1; }
}

need ip iproute2
need python3 python3
need unshare util-linux
echo "Version: Linux $(uname -r), $(ip -V), $(python3 --version)"

cat >"$folder/ask.py" <<'EOF'
import errno, socket, struct, sys
address, flag, strict = sys.argv[1], sys.argv[2] == 'flag', sys.argv[3] == 'strict'
family = socket.AF_INET6 if ':' in address else socket.AF_INET
value = socket.inet_pton(family, address)
link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
link.bind((0, 0))
if strict: link.setsockopt(270, 12, 1)  # SOL_NETLINK, NETLINK_GET_STRICT_CHK
# struct rtmsg: rtm_flags is the last word, RTM_F_LOOKUP_TABLE 0x1000; then RTA_DST.
body = struct.pack('=BBBBBBBBI', family, 8 * len(value), 0, 0, 0, 0, 0, 0, 0x1000 if flag else 0)
body += struct.pack('=HH', 4 + len(value), 1) + value
link.send(struct.pack('=IHHII', 16 + len(body), 26, 1, 1, 0) + body)  # RTM_GETROUTE, NLM_F_REQUEST
answer = link.recv(65536)
if struct.unpack_from('=H', answer, 4)[0] == 2:  # NLMSG_ERROR
    print(errno.errorcode[-struct.unpack_from('=i', answer, 16)[0]])
else:
    print('table', answer[20])
EOF
cat >"$folder/try.sh" <<'EOF'
ip link add dev x0 type bridge
echo 0 >/proc/sys/net/ipv6/conf/x0/disable_ipv6
ip link set dev x0 up
ip address add 192.0.2.1/24 dev x0
ip address add 2001:db8::1/64 dev x0 nodad
ip route add 198.51.100.0/24 dev x0 table 77
ip -6 route add 2001:db8:1::/64 dev x0 table 77
ip rule add to 198.51.100.0/24 lookup 77
ip -6 rule add to 2001:db8:1::/64 lookup 77
python3 "$@"
EOF
ask() { unshare --net bash -eu "$folder/try.sh" "$folder/ask.py" "$@"; }
for check in strict lax; do
  expect "IPv4, without the flag, $check" 'table 254' "$(ask 198.51.100.9 none $check)"
  expect "IPv4, with the flag, $check" 'table 77' "$(ask 198.51.100.9 flag $check)"
  expect "IPv6, without the flag, $check" 'table 77' "$(ask 2001:db8:1::9 none $check)"
done
expect 'IPv6, with the flag, lax' 'table 77' "$(ask 2001:db8:1::9 flag lax)"
expect 'IPv6, with the flag, strict' EINVAL "$(ask 2001:db8:1::9 flag strict)"

exit $failed
