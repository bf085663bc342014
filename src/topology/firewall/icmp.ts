import type { Family } from '../../addr/index.ts';

/** The ICMP types of each family by their nft names (`nft describe icmp type`, `icmpv6 type`). Some are in both. */
const TYPES: Readonly<Record<Family, readonly string[]>> = {
  4: [
    'echo-reply',
    'destination-unreachable',
    'redirect',
    'echo-request',
    'router-advertisement',
    'router-solicitation',
    'time-exceeded',
    'parameter-problem',
    'timestamp-request',
    'timestamp-reply',
    'address-mask-request',
    'address-mask-reply',
  ],
  6: [
    'destination-unreachable',
    'packet-too-big',
    'time-exceeded',
    'parameter-problem',
    'echo-request',
    'echo-reply',
    'mld-listener-query',
    'mld-listener-report',
    'mld-listener-done',
    'nd-router-solicit',
    'nd-router-advert',
    'nd-neighbor-solicit',
    'nd-neighbor-advert',
    'nd-redirect',
    'router-renumbering',
    'mld2-listener-report',
  ],
};

export const ICMP_TYPES: readonly string[] = [...new Set([...TYPES[4], ...TYPES[6]])];

/** Whether the ICMP of a family has a type with that name. */
export const hasIcmpType = (family: Family, type: string): boolean => TYPES[family].includes(type);
