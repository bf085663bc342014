// The kinds of links that this machine's kernel has; test/vm has all of them.
import '../support/own-host.ts';
import { proveKinds } from '../support/link-kinds.ts';

proveKinds(['veth', 'bridge', 'vxlan', 'macvlan', 'ifb', 'tun'], ['CONFIG_BRIDGE_VLAN_FILTERING']);
