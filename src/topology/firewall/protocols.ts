/** Protocols besides those with ports and ICMP, by nft's names of them. */
export const PORTLESS_PROTOCOLS = ['igmp', 'gre', 'esp', 'ah', 'comp', 'dccp', 'udplite'] as const;
