// The kinds of links that this machine's kernel supports; test/vm tests the others.
import '../support/own-host.ts';
import { proveKinds } from '../support/link-kinds.ts';

proveKinds({
  expected: ['veth', 'bridge', 'vxlan', 'macvlan', 'ifb', 'tun'],
  lacking: ['CONFIG_BRIDGE_VLAN_FILTERING'],
});
