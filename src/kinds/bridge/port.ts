import { attribute, attributes, bool, flag, named, u16, u32, u64, u8 } from '../../wire/index.ts';
import { integer, onOff } from '../define/index.ts';
import { bridgeId } from './id.ts';

/** BR_STATE_* of linux/if_bridge.h: the spanning-tree state of a port. */
const portState = named(u8, { disabled: 0, listening: 1, learning: 2, forwarding: 3, blocking: 4 });

/** IFLA_BRPORT_* of linux/if_link.h: the settings of a link as a bridge port. */
export const bridgePort = attributes('bridgePort', {
  state: attribute(1, portState),
  /** 0 to 63. */
  priority: attribute(2, u16),
  /** 1 to 65535. */
  cost: attribute(3, u32),
  /** IFLA_BRPORT_MODE: frames can leave through the port that they arrived on. */
  hairpin: attribute(4, bool),
  /** BPDU guard: the port is disabled when it receives a BPDU. */
  guard: attribute(5, bool),
  /** Root guard: the port never becomes the root port. */
  protect: attribute(6, bool),
  fastLeave: attribute(7, bool),
  learning: attribute(8, bool),
  unicastFlood: attribute(9, bool),
  proxyArp: attribute(10, bool),
  learningSync: attribute(11, bool),
  proxyArpWifi: attribute(12, bool),
  rootId: attribute(13, bridgeId),
  bridgeId: attribute(14, bridgeId),
  designatedPort: attribute(15, u16),
  designatedCost: attribute(16, u16),
  id: attribute(17, u16),
  no: attribute(18, u16),
  topologyChangeAck: attribute(19, bool),
  configPending: attribute(20, bool),
  /** In hundredths of a second, like the timers below. */
  messageAgeTimer: attribute(21, u64),
  forwardDelayTimer: attribute(22, u64),
  holdTimer: attribute(23, u64),
  flush: attribute(24, flag),
  /** 0 never, 1 learnt from queries, 2 always. */
  multicastRouter: attribute(25, u8),
  multicastFlood: attribute(27, bool),
  multicastToUnicast: attribute(28, bool),
  vlanTunnel: attribute(29, bool),
  broadcastFlood: attribute(30, bool),
  groupFwdMask: attribute(31, u16),
  neighSuppress: attribute(32, bool),
  /** The port exchanges no frames with other isolated ports. */
  isolated: attribute(33, bool),
  /** An interface index. */
  backupPort: attribute(34, u32),
  mrpRingOpen: attribute(35, bool),
  mrpInOpen: attribute(36, bool),
  multicastEhtHostsLimit: attribute(37, u32),
  multicastEhtHostsCount: attribute(38, u32),
  /** The port accepts only frames from source addresses in the forwarding database. */
  locked: attribute(39, bool),
  mab: attribute(40, bool),
  multicastNGroups: attribute(41, u32),
  /** 0 for no limit. */
  multicastMaxGroups: attribute(42, u32),
  neighVlanSuppress: attribute(43, bool),
  backupNhId: attribute(44, u32),
});

/** The options of a port. */
export const bridgePortOptions = {
  priority: integer('priority', 0, 63),
  cost: integer('cost', 1, 65_535),
  hairpin: onOff('hairpin', 'on off'),
  guard: onOff('guard', 'on off'),
  protect: onOff('root_block', 'on off'),
  fastLeave: onOff('fastleave', 'on off'),
  learning: onOff('learning', 'on off'),
  unicastFlood: onOff('flood', 'on off'),
  proxyArp: onOff('proxy_arp', 'on off'),
  proxyArpWifi: onOff('proxy_arp_wifi', 'on off'),
  /** 0 never, 1 learnt from queries, 2 always. */
  multicastRouter: integer('mcast_router', 0, 2, { shown: 'multicast_router' }),
  multicastFlood: onOff('mcast_flood', 'on off'),
  multicastToUnicast: onOff('mcast_to_unicast', 'on off'),
  broadcastFlood: onOff('bcast_flood', 'on off'),
  neighSuppress: onOff('neigh_suppress', 'on off'),
  vlanTunnel: onOff('vlan_tunnel', 'on off'),
  isolated: onOff('isolated', 'on off'),
  locked: onOff('locked', 'on off'),
};
