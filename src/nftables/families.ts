import type { TableFamily } from '../state/index.ts';

/** NFPROTO_* of linux/netfilter.h. */
export const NFPROTO = { inet: 1, ip: 2, arp: 3, netdev: 5, bridge: 7, ip6: 10 } as const satisfies Record<
  TableFamily,
  number
>;

const byNumber = new Map<number, TableFamily>(
  (Object.keys(NFPROTO) as TableFamily[]).map((name) => [NFPROTO[name], name]),
);

/** Returns the name of a family, or undefined for an unknown number. */
export const familyName = (number: number): TableFamily | undefined => byNumber.get(number);
