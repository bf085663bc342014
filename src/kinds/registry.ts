// Written by scripts/kinds.mjs (npm run kinds): every kind in this folder.
import { bridge } from './bridge/index.ts';
import { dummy } from './dummy.ts';
import { ifb } from './ifb.ts';
import { ipvlan } from './ipvlan.ts';
import { loopback } from './loopback.ts';
import { macvlan } from './macvlan.ts';
import { tun } from './tun.ts';
import { veth } from './veth.ts';
import { vlan } from './vlan.ts';
import { vrf } from './vrf.ts';
import { vxlan } from './vxlan.ts';
import { wireguard } from './wireguard.ts';

export const KINDS = {
  loopback,
  veth,
  bridge,
  vlan,
  vxlan,
  macvlan,
  ipvlan,
  dummy,
  vrf,
  ifb,
  wireguard,
  tun,
} as const;
