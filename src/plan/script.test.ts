import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { parseIp, parseNetwork } from '../addr/index.ts';
import type { NetworkState } from '../state/index.ts';
import { checkTopology, compile } from '../topology/index.ts';
import { plan, renderScript } from './index.ts';

const nothing: NetworkState = { namespaces: {} };

function stateOf(nodes: Readonly<Record<string, object>>): NetworkState {
  const topology = checkTopology({
    name: 'shop',
    networks: { lan: { subnet: ['10.20.0.0/24', 'fd20::/64'], internet: true } },
    nodes,
  });
  const resolver = { nameservers: [parseIp('192.0.2.53')], settings: [] };
  return compile(topology, { ipv6: true, uplink: { v4: parseNetwork('198.18.0.0/26') }, resolver }).state;
}

const shop = stateOf({ web: { networks: ['lan'] }, db: { networks: ['lan'], routes: ['blackhole 192.0.2.0/24'] } });

test('a script explains what it creates, and can remove it', () => {
  assert.equal(renderScript(plan(shop, nothing), { lab: 'shop' }), GOLDEN);
});

test('the script has valid shell syntax', () => {
  const { status, stderr } = spawnSync('sh', ['-n'], { input: GOLDEN, encoding: 'utf8' });
  assert.equal(`${stderr}${status}`, '0');
});

test('a script that changes a lab replaces what exists, and has no down', () => {
  const changed = stateOf({ web: { networks: { lan: { address: '10.20.0.77' } } }, db: { networks: ['lan'] } });
  const script = renderScript(plan(changed, shop), { lab: 'shop' });
  assert.match(script, /^#!\/bin\/sh\n# Changes lab shop\.\n# On the host: nothing but the namespaces\.\n/);
  assert.match(script, /\nip -n shop\.web addr del 10\.20\.0\.2\/24 dev eth0 \|\| :\n/);
  assert.match(script, /\nip -n shop\.web addr replace 10\.20\.0\.77\/24 brd \+ dev eth0\n/);
  assert.match(script, /\nip -n shop\.db route del blackhole 192\.0\.2\.0\/24 \|\| :\n/);
  assert.match(script, /\nrm -rf "\/etc\/netns\/\$namespace"\nmkdir -p "\/etc\/netns\/\$namespace"\n/);
  assert.ok(!script.includes('down()'));
});

test('names cannot end a comment', () => {
  const script = renderScript([{ op: 'delete-link', namespace: 'shop.a\nreboot', name: 'x' }], { lab: 'a\nreboot' });
  assert.ok(!script.split('\n').some((line) => line.startsWith('reboot') && !line.includes("' link del")), script);
});

const GOLDEN = `#!/bin/sh
# Creates lab shop: 2 nodes, 2 switches and 3 cables.
# On the host: the interface nw-shop, the nftables table inet netwright-shop and net.ipv4.ip_forward=1.
#
# Run it with sh, as root. It needs ip (iproute2), nft (nftables) and sysctl (procps).
# With the argument "down" it removes what it created, also after a partial run.
set -eu
# Files are readable by all users. System programs are not in the PATH of all users.
umask 022
PATH=\${PATH:-/usr/local/bin:/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin

down() {
  # Deleting one end of a veth pair deletes both.
  if [ -e /sys/class/net/nw-shop ]; then ip link del dev nw-shop; fi
  nft 'add table inet netwright-shop; delete table inet netwright-shop'
  # Restore the host's settings.
  if [ -e /run/netwright-shop.sysctl ]; then sysctl -qp /run/netwright-shop.sysctl; rm /run/netwright-shop.sysctl; fi
  # Everything in a namespace is deleted with it.
  for namespace in shop shop.web shop.db; do
    if [ -e "/run/netns/$namespace" ]; then ip netns del "$namespace"; fi
    rm -f "/etc/netns/$namespace"/hosts "/etc/netns/$namespace"/resolv.conf
    if [ -d "/etc/netns/$namespace" ]; then rmdir "/etc/netns/$namespace"; fi
  done
}

case "\${1:-up}" in
  up) ;;
  down)
    # Continue after errors, to remove as much as possible.
    set +e
    down
    exit
    ;;
  *)
    echo "usage: $0 [up|down]" >&2
    exit 2
    ;;
esac

# === Lab shop: its switches
# A namespace for the lab's switches, so that the host's firewall and bridge settings do not affect them. It is a router: it forwards packets that are addressed to others.
ip netns add shop
ip netns exec shop sysctl -qw net.ipv4.ip_forward=1
# A switch is not a host: it takes no addresses or routes from router advertisements and redirects.
ip netns exec shop sysctl -qw net.ipv4.conf.all.accept_redirects=0
ip netns exec shop sysctl -qw net.ipv6.conf.default.disable_ipv6=1
ip netns exec shop sysctl -qw net.ipv6.conf.default.accept_ra=0
ip netns exec shop sysctl -qw net.ipv6.conf.default.autoconf=0
ip netns exec shop sysctl -qw net.ipv6.conf.default.accept_redirects=0
# New interfaces generate no IPv6 link-local address: the addresses are added below.
ip netns exec shop sysctl -qw net.ipv6.conf.default.addr_gen_mode=1
# On a router, packets can arrive on another interface than the one for replies (asymmetric routing).
ip netns exec shop sysctl -qw net.ipv4.conf.all.rp_filter=0
# Masquerading: packets leave with the address of the outgoing interface, since others have no route to the lab.
ip netns exec shop nft -f - <<'EOF'
table inet netwright {
	set ways {
		type ifname . ifname
		elements = { "lan" . "lan", "lan" . "uplink" }
	}

	chain postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		ip saddr 10.20.0.0/24 oifname "uplink" masquerade comment "networks with internet"
	}

	chain forward {
		type filter hook forward priority filter; policy accept;
		ct state { established, related } accept comment "established and related"
		iifname "uplink" oifname != "uplink" drop comment "no new connections from outside"
		iifname "lan" iifname . oifname != @ways drop comment "networks with internet: to the outside only"
	}
}
EOF
# The lab cannot reach the host's loopback, whatever rules the host has.
ip netns exec shop nft -f - <<'EOF'
table bridge netwright {
	chain outward {
		type filter hook postrouting priority 0; policy accept;
		oifname "host" meta protocol != { ip, arp, ip6 } drop comment "only IPv4, IPv6 and ARP"
		oifname "host" ip saddr 127.0.0.0/8 drop comment "no loopback addresses on the link to the host"
		oifname "host" ip daddr 127.0.0.0/8 drop comment "no loopback addresses on the link to the host"
		oifname "host" ip6 saddr ::1 drop comment "no loopback addresses on the link to the host"
		oifname "host" ip6 daddr ::1 drop comment "no loopback addresses on the link to the host"
	}
}
EOF
# A bridge is a switch: it forwards frames between its ports.
ip -n shop link add name lan address fa:11:eb:9e:e8:08 group 1318590316 numtxqueues 1 numrxqueues 1 type bridge
ip -n shop link add name uplink address ee:4e:00:b7:51:d9 group 1318590316 numtxqueues 1 numrxqueues 1 type bridge
# A veth pair is a virtual cable: this one connects the lab to the host.
ip link add name nw-shop address ee:0a:37:b9:d7:f3 group 1318590316 numtxqueues 1 numrxqueues 1 type veth peer name host address 7e:63:3b:06:86:cd group 1318590316 numtxqueues 1 numrxqueues 1 netns shop
ip -n shop link set dev host master uplink up

# === Node web: namespace shop.web
# A network namespace has its own interfaces, routes, firewall and ports. A new one has only lo, down. It inherits IPv4 forwarding from the host, so that is turned off here.
ip netns add shop.web
ip netns exec shop.web sysctl -qw net.ipv4.ip_forward=0 'net.ipv4.ping_group_range=0 2147483647'
# A veth pair is a virtual cable: one end is in the node, the other is a port of the switch.
ip -n shop link add name web-eth0 address be:f6:13:53:41:84 group 1318590316 numtxqueues 1 numrxqueues 1 type veth peer name eth0 address 72:b6:b4:77:25:f4 group 1318590316 numtxqueues 1 numrxqueues 1 netns shop.web
ip -n shop link set dev web-eth0 master lan up
# The loopback interface of a new namespace is down; 127.0.0.1 works only when it is up.
ip -n shop.web link set dev lo up
# New interfaces are down. Forwarding and rp_filter, which they inherit from the host, are set explicitly.
ip -n shop.web link set dev eth0 addrgenmode none
ip netns exec shop.web sysctl -qw net.ipv4.conf.eth0.forwarding=0 net.ipv4.conf.eth0.rp_filter=0
ip -n shop.web link set dev eth0 up
# IPv6 addresses, without duplicate address detection (nodad), which takes over a second.
ip -n shop.web addr add fe80::70b6:b4ff:fe77:25f4/64 dev eth0 nodad
# An address with its prefix length: the kernel also adds the connected route to that subnet.
ip -n shop.web addr add 10.20.0.2/24 brd + dev eth0
# IPv6 addresses, without duplicate address detection (nodad), which takes over a second.
ip -n shop.web addr add fd20::2/64 dev eth0 nodad
# Routes to destinations that are not on a directly connected subnet.
ip -n shop.web route add default via 10.20.0.1 dev eth0 proto static

# === Node db: namespace shop.db
# A network namespace has its own interfaces, routes, firewall and ports. A new one has only lo, down. It inherits IPv4 forwarding from the host, so that is turned off here.
ip netns add shop.db
ip netns exec shop.db sysctl -qw net.ipv4.ip_forward=0 'net.ipv4.ping_group_range=0 2147483647'
# A veth pair is a virtual cable: one end is in the node, the other is a port of the switch.
ip -n shop link add name db-eth0 address ea:d1:e4:be:57:3d group 1318590316 numtxqueues 1 numrxqueues 1 type veth peer name eth0 address 5a:ea:71:f0:e7:38 group 1318590316 numtxqueues 1 numrxqueues 1 netns shop.db
ip -n shop link set dev db-eth0 master lan up

# === Lab shop: its switches
# A switch is not a host: it takes no addresses or routes from router advertisements and redirects.
ip netns exec shop sysctl -qw net.ipv6.conf.lan.disable_ipv6=0
# The loopback interface of a new namespace is down; 127.0.0.1 works only when it is up.
ip -n shop link set dev lo up
# New interfaces are down. Forwarding and rp_filter, which they inherit from the host, are set explicitly.
ip netns exec shop sysctl -qw net.ipv4.conf.lan.forwarding=1 net.ipv4.conf.lan.rp_filter=0 net.ipv4.conf.lan.accept_redirects=0
ip -n shop link set dev lan up
# IPv6 addresses, without duplicate address detection (nodad), which takes over a second.
ip -n shop addr add fe80::f811:ebff:fe9e:e808/64 dev lan nodad
# An address with its prefix length: the kernel also adds the connected route to that subnet.
ip -n shop addr add 10.20.0.1/24 brd + dev lan
# IPv6 addresses, without duplicate address detection (nodad), which takes over a second.
ip -n shop addr add fd20::1/64 dev lan nodad
# New interfaces are down. Forwarding and rp_filter, which they inherit from the host, are set explicitly.
ip netns exec shop sysctl -qw net.ipv4.conf.uplink.forwarding=1 net.ipv4.conf.uplink.rp_filter=0 net.ipv4.conf.uplink.accept_redirects=0
ip -n shop link set dev uplink up
# An address with its prefix length: the kernel also adds the connected route to that subnet.
ip -n shop addr add 198.18.0.2/26 brd + dev uplink
# Routes to destinations that are not on a directly connected subnet.
ip -n shop route add default via 198.18.0.1 dev uplink proto static

# === Node db: namespace shop.db
# The loopback interface of a new namespace is down; 127.0.0.1 works only when it is up.
ip -n shop.db link set dev lo up
# New interfaces are down. Forwarding and rp_filter, which they inherit from the host, are set explicitly.
ip -n shop.db link set dev eth0 addrgenmode none
ip netns exec shop.db sysctl -qw net.ipv4.conf.eth0.forwarding=0 net.ipv4.conf.eth0.rp_filter=0
ip -n shop.db link set dev eth0 up
# IPv6 addresses, without duplicate address detection (nodad), which takes over a second.
ip -n shop.db addr add fe80::58ea:71ff:fef0:e738/64 dev eth0 nodad
# An address with its prefix length: the kernel also adds the connected route to that subnet.
ip -n shop.db addr add 10.20.0.3/24 brd + dev eth0
# IPv6 addresses, without duplicate address detection (nodad), which takes over a second.
ip -n shop.db addr add fd20::3/64 dev eth0 nodad
# Routes to destinations that are not on a directly connected subnet.
ip -n shop.db route add default via 10.20.0.1 dev eth0 proto static
ip -n shop.db route add blackhole 192.0.2.0/24 proto static

# === The host
# The host's present values are saved; they are restored when the lab goes down.
[ -e /run/netwright-shop.sysctl ] || sysctl net.ipv4.ip_forward > /run/netwright-shop.sysctl
# A router forwards packets that are addressed to others.
sysctl -qw net.ipv4.ip_forward=1
# Masquerading: packets leave with the address of the outgoing interface, since others have no route to the lab.
nft -f - <<'EOF'
table inet netwright-shop {
	comment "netwright lab shop"

	chain postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		ip saddr 198.18.0.0/26 oifname != "nw-*" masquerade comment "lab shop to the outside"
	}
}
EOF
# Whether it takes routes and addresses from others: redirects, source routing, router advertisements.
sysctl -qw net.ipv4.conf.nw-shop.accept_redirects=0
sysctl -qw net.ipv4.conf.nw-shop.accept_source_route=0
sysctl -qw net.ipv6.conf.nw-shop.accept_ra=0
sysctl -qw net.ipv6.conf.nw-shop.autoconf=0
sysctl -qw net.ipv6.conf.nw-shop.accept_redirects=0
# New interfaces are down. Forwarding and rp_filter, which they inherit from the host, are set explicitly.
ip link set dev nw-shop addrgenmode none
sysctl -qw net.ipv4.conf.nw-shop.forwarding=1 net.ipv4.conf.nw-shop.rp_filter=0
ip link set dev nw-shop up
# An address with its prefix length: the kernel also adds the connected route to that subnet.
ip addr add 198.18.0.1/26 brd + dev nw-shop

# === Several nodes
# ip netns exec bind-mounts these files over those in /etc, so that nodes know each other by name.
for namespace in shop shop.web shop.db; do
mkdir -p "/etc/netns/$namespace"
cat > "/etc/netns/$namespace"/hosts <<'EOF'
127.0.0.1 localhost
::1 localhost ip6-localhost
10.20.0.2 web web.shop
fd20::2 web web.shop
10.20.0.3 db db.shop
fd20::3 db db.shop
EOF
cat > "/etc/netns/$namespace"/resolv.conf <<'EOF'
nameserver 192.0.2.53
EOF
done
`;
