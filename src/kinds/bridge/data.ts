import { attribute, attributes, bool, bytes, flag, mac, struct, u16, u32, u64, u8 } from '../../wire/index.ts';
import { bridgeId } from './id.ts';
import { vlanProtocol } from '../define/index.ts';

/** IFLA_BR_* of linux/if_link.h. Times are in hundredths of a second. */
export const bridgeData = attributes('bridge', {
  forwardDelay: attribute(1, u32),
  helloTime: attribute(2, u32),
  maxAge: attribute(3, u32),
  ageingTime: attribute(4, u32),
  /** 0 off, 1 the kernel's STP, 2 a user-space daemon. */
  stpState: attribute(5, u32),
  /** 0 to 65535; the bridge with the lowest value becomes the root. */
  priority: attribute(6, u16),
  vlanFiltering: attribute(7, bool),
  vlanProtocol: attribute(8, vlanProtocol),
  groupFwdMask: attribute(9, u16),
  rootId: attribute(10, bridgeId),
  bridgeId: attribute(11, bridgeId),
  rootPort: attribute(12, u16),
  rootPathCost: attribute(13, u32),
  topologyChange: attribute(14, bool),
  topologyChangeDetected: attribute(15, bool),
  helloTimer: attribute(16, u64),
  tcnTimer: attribute(17, u64),
  topologyChangeTimer: attribute(18, u64),
  gcTimer: attribute(19, u64),
  groupAddr: attribute(20, mac),
  fdbFlush: attribute(21, flag),
  /** Multicast router: 0 never, 1 learnt from queries, 2 always. */
  multicastRouter: attribute(22, u8),
  multicastSnooping: attribute(23, bool),
  multicastQueryUseIfaddr: attribute(24, bool),
  multicastQuerier: attribute(25, bool),
  multicastHashElasticity: attribute(26, u32),
  multicastHashMax: attribute(27, u32),
  multicastLastMemberCount: attribute(28, u32),
  multicastStartupQueryCount: attribute(29, u32),
  multicastLastMemberInterval: attribute(30, u64),
  multicastMembershipInterval: attribute(31, u64),
  multicastQuerierInterval: attribute(32, u64),
  multicastQueryInterval: attribute(33, u64),
  multicastQueryResponseInterval: attribute(34, u64),
  multicastStartupQueryInterval: attribute(35, u64),
  nfCallIptables: attribute(36, bool),
  nfCallIp6tables: attribute(37, bool),
  nfCallArptables: attribute(38, bool),
  /** 0 none, or 1 to 4094. */
  vlanDefaultPvid: attribute(39, u16),
  vlanStatsEnabled: attribute(41, bool),
  multicastStatsEnabled: attribute(42, bool),
  /** 2 or 3. */
  multicastIgmpVersion: attribute(43, u8),
  /** 1 or 2. */
  multicastMldVersion: attribute(44, u8),
  vlanStatsPerPort: attribute(45, bool),
  /** BR_BOOLOPT_* of linux/if_bridge.h: the bits of `value` that `mask` selects. */
  multiBoolopt: attribute(46, struct('boolopt', { value: u32, mask: u32 })),
  multicastQuerierState: attribute(47, bytes(), { nested: true }),
  fdbNLearned: attribute(48, u32),
  /** 0 for no limit. */
  fdbMaxLearned: attribute(49, u32),
});
