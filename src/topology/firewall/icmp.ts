import type { Family } from '../../addr/index.ts';

/**
 * What each family's ICMP has a type for, by nft's names of them; some have both (nft describe icmp type, icmpv6 type).
 */
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

/** Whether a family's ICMP has a type of that name. */
export const hasIcmpType = (family: Family, type: string): boolean => TYPES[family].includes(type);
