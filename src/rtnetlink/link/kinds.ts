import { bridge } from './bridge.ts';
import { bridgePort } from './bridge-port.ts';
import { dummy } from './dummy.ts';
import { ifb } from './ifb.ts';
import { ipvlan } from './ipvlan.ts';
import { macvlan } from './macvlan.ts';
import { tun } from './tun.ts';
import { vlan } from './vlan.ts';
import { vrf, vrfPort } from './vrf.ts';
import { vxlan } from './vxlan.ts';

/** What IFLA_INFO_DATA holds, by kind. veth joins in link.ts: its content is itself a link. */
export const kinds = { bridge, dummy, ifb, ipvlan, macvlan, tun, vlan, vrf, vxlan };

/** What IFLA_INFO_SLAVE_DATA holds, by the kind of the master. */
export const portKinds = { bridge: bridgePort, vrf: vrfPort };
