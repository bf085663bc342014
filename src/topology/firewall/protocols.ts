/** Protocols that have no ports, except ICMP, by their nft names. */
export const PORTLESS_PROTOCOLS = ['igmp', 'gre', 'esp', 'ah', 'comp', 'dccp', 'udplite'] as const;
