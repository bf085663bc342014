import { existsSync } from 'node:fs';
import { netFolder } from '../proc/index.ts';

/** True if the kernel has netfilter (/proc/net/netfilter). Without it there are no tables, and requests fail. */
export const kernelHasNetfilter = (): boolean => existsSync(`${netFolder('self')}/netfilter`);
