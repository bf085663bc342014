import { existsSync } from 'node:fs';
import { netFolder } from '../proc/index.ts';

/** Whether nftables are there already: a kernel that has none of ours would only load the module when asked. */
export const kernelHasNftables = (): boolean => existsSync(`${netFolder('self')}/netfilter`);
