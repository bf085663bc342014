import { DADDR, drop, filterAt, match, rule, SADDR, type TableState } from '../../state/index.ts';
import { FAMILIES, LOOPBACK_ADDRESSES } from '../families.ts';
import { HOST_PORT, LAB_TABLE } from '../names.ts';

/**
 * The table in a lab's own namespace that drops packets to the host with a loopback source or destination. The host
 * drops them by default, but not with the sysctl `route_localnet`, which publishing at 127.0.0.1 needs; and nftables
 * rules on the host can be removed at any time (`nft flush ruleset`). So this table is at the lab's end of the veth
 * pair, and exists as long as that does.
 */
export function loopbackGuard(): Record<string, TableState> {
  const toHost = match('oifname', '==', HOST_PORT);
  const ofLoopback = FAMILIES.flatMap((family) =>
    [SADDR, DADDR].map((end) =>
      rule(
        'no loopback addresses on the link to the host',
        toHost,
        match(end[family], '==', LOOPBACK_ADDRESSES[family]),
        drop,
      ),
    ),
  );
  const chain = filterAt(
    'postrouting',
    0,
    // The host removes encapsulation that rules do not look into, such as stacked priority tags (802.1Q, VLAN 0).
    rule('only IPv4, IPv6 and ARP', toHost, match('meta protocol', '!=', { anyOf: ['ip', 'arp', 'ip6'] }), drop),
    ...ofLoopback,
  );
  const table: TableState = { family: 'bridge', name: LAB_TABLE, chains: { outward: chain }, sets: {} };
  return { [`${table.family} ${table.name}`]: table };
}
