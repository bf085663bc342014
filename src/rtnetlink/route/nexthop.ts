import {
  attribute,
  attributes,
  bytes,
  ip,
  pad,
  records,
  s32,
  struct,
  u16,
  u32,
  u8,
  type Infer,
} from '../../wire/index.ts';
import { via } from './via.ts';

/** struct rtnexthop of linux/rtnetlink.h. */
const rtnexthop = struct('rtnexthop', {
  length: pad(2),
  /** RTNH_F_*. */
  flags: u8,
  /** The weight minus 1: 0 to 255. */
  hops: u8,
  /** The index of the output interface. */
  index: s32,
});

/** The RTA_* of linux/rtnetlink.h that a nexthop of a multipath route can have. */
const nexthopAttributes = attributes('nexthop', {
  gateway: attribute(5, ip),
  flow: attribute(11, u32),
  via: attribute(18, via),
  newDst: attribute(19, bytes()),
  encapType: attribute(21, u16),
  encap: attribute(22, bytes()),
});

/** RTA_MULTIPATH. */
export const multipath = records('multipath', rtnexthop, nexthopAttributes);
/** A nexthop of a multipath route: struct rtnexthop and its attributes. */
export type Nexthop = Infer<typeof multipath>[number];
