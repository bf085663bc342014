#!/usr/bin/python3
"""pyroute2-routes.py - lists the IPv4 routes of the current namespace with pyroute2."""
import json
import socket
import time

from pyroute2 import IPRoute

with IPRoute() as ip:
    t0 = time.time()
    routes = list(ip.get_routes(family=socket.AF_INET))
    print(json.dumps({'routes': len(routes), 'ms': (time.time() - t0) * 1e3}))
