#!/usr/bin/python3
"""pyroute2-job.py N - the job J(N) with pyroute2, as in its documentation (netns.create, NetNS)."""
import json
import subprocess
import sys
import time

from pyroute2 import NetNS, netns


def create(n):
    netns.create('py-router')
    with NetNS('py-router') as router:
        router.link('set', index=router.link_lookup(ifname='lo')[0], state='up')
        router.link('add', ifname='br0', kind='bridge')
        bridge = router.link_lookup(ifname='br0')[0]
        router.addr('add', index=bridge, address='10.77.0.1', prefixlen=16)
        router.link('set', index=bridge, state='up')
        netns.pushns('py-router')
        with open('/proc/sys/net/ipv4/ip_forward', 'w') as forward:
            forward.write('1')
        subprocess.check_call('iptables -t nat -A POSTROUTING -s 10.77.0.0/16 -j MASQUERADE'.split())
        netns.popns()
        for i in range(n):
            name, a = f'py-{i}', i + 2
            netns.create(name)
            router.link('add', ifname=f'v{i}', kind='veth', peer={'ifname': 'eth0', 'net_ns_fd': name})
            router.link('set', index=router.link_lookup(ifname=f'v{i}')[0], master=bridge, state='up')
            with NetNS(name) as node:
                node.link('set', index=1, state='up')
                eth0 = node.link_lookup(ifname='eth0')[0]
                node.addr('add', index=eth0, address=f'10.77.{a >> 8}.{a & 255}', prefixlen=16)
                node.link('set', index=eth0, state='up')
                node.route('add', dst='default', gateway='10.77.0.1')


def remove(n):
    for i in range(n):
        netns.remove(f'py-{i}')
    netns.remove('py-router')


nodes = int(sys.argv[1])
t0 = time.time()
create(nodes)
t1 = time.time()
remove(nodes)
t2 = time.time()
print(json.dumps({'create': (t1 - t0) * 1e3, 'remove': (t2 - t1) * 1e3, 'removing': t1 * 1e3}))
