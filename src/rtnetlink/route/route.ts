import {
  attribute,
  attributes,
  be16,
  be32,
  bytes,
  ip,
  message,
  s32,
  struct,
  u16,
  u32,
  u8,
  type Infer,
} from '../../wire/index.ts';
import { metrics } from './metrics.ts';
import { multipath } from './nexthop.ts';
import { readRoute } from './read.ts';
import { via } from './via.ts';

/** struct rtmsg of linux/rtnetlink.h. */
const rtmsg = struct('rtmsg', {
  /** AF_INET or AF_INET6. */
  family: u8,
  dstLength: u8,
  srcLength: u8,
  tos: u8,
  /** The table when it is below 256, else RT_TABLE_COMPAT. `table` takes precedence. */
  table8: u8,
  /** RTPROT_*. */
  protocol: u8,
  /** RT_SCOPE_*. */
  scope: u8,
  /** RTN_*. */
  type: u8,
  /** RTM_F_* and RTNH_F_*. */
  flags: u32,
});

/** struct rta_cacheinfo of linux/rtnetlink.h. */
const cacheInfo = struct('cacheInfo', {
  clntref: u32,
  /** Hundredths of a second. */
  lastUse: u32,
  /** Hundredths of a second. */
  expires: s32,
  /** The negative errno of an unreachable, prohibit or blackhole route, as an unsigned number. */
  error: u32,
  used: u32,
  id: u32,
  ts: u32,
  tsAge: u32,
});

/** RTA_* of linux/rtnetlink.h. */
const routeAttributes = attributes('route', {
  dst: attribute(1, ip),
  src: attribute(2, ip),
  /** The index of the input interface, and of the output interface. */
  iif: attribute(3, u32),
  oif: attribute(4, u32),
  gateway: attribute(5, ip),
  /** The metric: of routes to the same prefix, the lowest wins. */
  priority: attribute(6, u32),
  prefSrc: attribute(7, ip),
  metrics: attribute(8, metrics),
  multipath: attribute(9, multipath),
  flow: attribute(11, u32),
  cacheInfo: attribute(12, cacheInfo),
  table: attribute(15, u32),
  mark: attribute(16, u32),
  mfcStats: attribute(17, bytes()),
  via: attribute(18, via),
  newDst: attribute(19, bytes()),
  /** The router preference (RFC 4191): 0 medium, 1 high, 3 low. */
  pref: attribute(20, u8),
  encapType: attribute(21, u16),
  encap: attribute(22, bytes()),
  /** Seconds. */
  expires: attribute(23, u32),
  uid: attribute(25, u32),
  ttlPropagate: attribute(26, u8),
  ipProto: attribute(27, u8),
  sport: attribute(28, be16),
  dport: attribute(29, be16),
  nhId: attribute(30, u32),
  flowLabel: attribute(31, be32),
});

/** The schema of {@link routeMessage}, which reads most routes faster. */
export const routeSchema = message('route', rtmsg, routeAttributes);
/** A route: struct rtmsg and its attributes. */
export type RouteMessage = Infer<typeof routeSchema>;

/** RTM_NEWROUTE, RTM_DELROUTE, RTM_GETROUTE. */
export const routeMessage: typeof routeSchema = {
  ...routeSchema,
  read(from, start, end) {
    // Too short: the schema throws the error.
    if (end - start < rtmsg.size) return routeSchema.read(from, start, end);
    return readRoute(routeAttributes, from, start, start + rtmsg.size, end) as RouteMessage;
  },
};
