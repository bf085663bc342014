import { attribute, attributes, cString, u32 } from '../../wire/index.ts';

/** RTAX_* of linux/rtnetlink.h. */
export const metrics = attributes('metrics', {
  /** Bit N: the kernel does not change metric N. */
  lock: attribute(1, u32),
  /** Bytes. */
  mtu: attribute(2, u32),
  window: attribute(3, u32),
  /** Eighths of a millisecond. */
  rtt: attribute(4, u32),
  /** Quarters of a millisecond. */
  rttVar: attribute(5, u32),
  ssThresh: attribute(6, u32),
  cwnd: attribute(7, u32),
  advMss: attribute(8, u32),
  reordering: attribute(9, u32),
  hopLimit: attribute(10, u32),
  initCwnd: attribute(11, u32),
  /** RTAX_FEATURE_*. */
  features: attribute(12, u32),
  /** Milliseconds. */
  rtoMin: attribute(13, u32),
  initRwnd: attribute(14, u32),
  quickAck: attribute(15, u32),
  ccAlgo: attribute(16, cString()),
  fastOpenNoCookie: attribute(17, u32),
});
