import { DecodeError, LITTLE_ENDIAN } from '../../wire/index.ts';

const NAMES = [
  'rxPackets',
  'txPackets',
  'rxBytes',
  'txBytes',
  'rxErrors',
  'txErrors',
  'rxDropped',
  'txDropped',
  'multicast',
  'collisions',
  'rxLengthErrors',
  'rxOverErrors',
  'rxCrcErrors',
  'rxFrameErrors',
  'rxFifoErrors',
  'rxMissedErrors',
  'txAbortedErrors',
  'txCarrierErrors',
  'txFifoErrors',
  'txHeartbeatErrors',
  'txWindowErrors',
  'rxCompressed',
  'txCompressed',
  'rxNoHandler',
  'rxOtherhostDropped',
] as const;

/** struct rtnl_link_stats64 of linux/if_link.h: packets and bytes since the link was created. */
export type Stats64 = { readonly [K in (typeof NAMES)[number]]: bigint };

/** Decodes IFLA_STATS64. Counters that an older kernel does not have are 0. @throws DecodeError on part of a counter */
export function decodeStats64(bytes: Uint8Array): Stats64 {
  if (bytes.length % 8 !== 0) throw new DecodeError('stats64', 0, `${bytes.length} bytes, not a multiple of 8`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stats = {} as Record<(typeof NAMES)[number], bigint>;
  NAMES.forEach((name, i) => {
    stats[name] = 8 * i + 8 <= bytes.length ? view.getBigUint64(8 * i, LITTLE_ENDIAN) : 0n;
  });
  return stats;
}
