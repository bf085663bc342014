import { choice, defineKind, integer, onOff, seconds } from '../define/index.ts';
import { bridgeData } from './data.ts';
import { bridgePort, bridgePortOptions } from './port.ts';

const VLANS = { takes: 'CONFIG_BRIDGE_VLAN_FILTERING' };

/**
 * A switch: it forwards frames between its ports. Times are in hundredths of a second (USER_HZ), as in the kernel's
 * API.
 */
export const bridge = defineKind({
  name: 'bridge',
  doctor: { title: 'Bridges', needed: '`networks`', essential: true },
  explanation: 'A bridge is a switch: it forwards frames between its ports.',
  labNoun: 'switch',
  data: bridgeData,
  options: {
    forwardDelay: seconds('forward_delay', 200, 3000),
    helloTime: seconds('hello_time', 100, 1000),
    maxAge: seconds('max_age', 600, 4000),
    ageingTime: seconds('ageing_time', 0, 1_000_000),
    /** 0 off, 1 on: the kernel's STP, or a user-space daemon's if /sbin/bridge-stp starts one. */
    stpState: integer('stp_state', 0, 1),
    /** The bridge with the lowest value becomes the root. */
    priority: integer('priority', 0, 65_535),
    vlanFiltering: onOff('vlan_filtering', '1 0', VLANS),
    vlanProtocol: choice('vlan_protocol', ['802.1Q', '802.1ad'], VLANS),
    vlanStatsEnabled: onOff('vlan_stats_enabled', '1 0', VLANS),
    /** Multicast router: 0 never, 1 learnt from queries, 2 always. */
    multicastRouter: integer('mcast_router', 0, 2),
    multicastSnooping: onOff('mcast_snooping', '1 0'),
    multicastQueryUseIfaddr: onOff('mcast_query_use_ifaddr', '1 0'),
    multicastQuerier: onOff('mcast_querier', '1 0'),
    multicastLastMemberCount: integer('mcast_last_member_count', 0, 1000, { shown: 'mcast_last_member_cnt' }),
    multicastStartupQueryCount: integer('mcast_startup_query_count', 0, 1000, { shown: 'mcast_startup_query_cnt' }),
    multicastStatsEnabled: onOff('mcast_stats_enabled', '1 0'),
    multicastIgmpVersion: integer('mcast_igmp_version', 2, 3),
    multicastMldVersion: integer('mcast_mld_version', 1, 2),
  },
  mtu: 1500,
  mtuFollowsPorts: true,
  // When a bridge comes up, the kernel iterates over all ports for each port, and restarts multicast snooping on each:
  // with a thousand ports this takes 180 ms. If snooping is enabled after the bridge is up, it takes 20 ms, once for
  // each port.
  firstUp: { before: { multicastSnooping: false }, after: { multicastSnooping: true } },
  port: { data: bridgePort, options: bridgePortOptions },
});
export { bridgePort } from './port.ts';
