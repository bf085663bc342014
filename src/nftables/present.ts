import { existsSync } from 'node:fs';

/** Whether nftables are there already: a kernel that has none of ours would only load the module when asked. */
export const kernelHasNftables = (): boolean => existsSync('/proc/self/net/netfilter');
