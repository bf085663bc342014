import { DADDR, drop, filterAt, match, rule, SADDR, type TableState } from '../../state/index.ts';
import { FAMILIES, LOOPBACK_ADDRESSES } from '../families.ts';
import { HOST_PORT, LAB_TABLE } from '../names.ts';

/**
 * The table in a lab's own namespace that lets nothing to the host which is sent to a loopback address or from one. The
 * host itself drops such packets until somebody allows them (`route_localnet`, which publishing at 127.0.0.1 takes), and
 * rules of the host's own may go at any time (`nft flush ruleset`): so this is on the lab's side of the cable, and there
 * for as long as the cable is.
 */
export function loopbackGuard(): Record<string, TableState> {
  const toHost = match('oifname', '==', HOST_PORT);
  const ofLoopback = FAMILIES.flatMap((family) =>
    [SADDR, DADDR].map((end) =>
      rule('the loopback is its own', toHost, match(end[family], '==', LOOPBACK_ADDRESSES[family]), drop),
    ),
  );
  const chain = filterAt(
    'postrouting',
    0,
    // Whatever it is wrapped in, the host takes it out: priority tags (IEEE 802.1Q, VLAN 0) several deep, for one.
    rule('IP alone leads out', toHost, match('meta protocol', '!=', { anyOf: ['ip', 'arp', 'ip6'] }), drop),
    ...ofLoopback,
  );
  const table: TableState = { family: 'bridge', name: LAB_TABLE, chains: { outward: chain }, sets: {} };
  return { [`${table.family} ${table.name}`]: table };
}
