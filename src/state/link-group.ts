import { hash64 } from '../addr/index.ts';

/** The first byte of the link group of every lab: `N`. */
const PREFIX = 0x4e00_0000;

/**
 * The link group (IFLA_GROUP, `ip link show group N`) of a lab. It distinguishes the lab's links from links that
 * programs create in its nodes. It differs between labs, since a lab can run inside a node of another lab.
 * @returns 0x4e000000 to 0x4effffff
 */
export const labLinkGroup = (lab: string): number => PREFIX + (hash64(lab)[0] >>> 8);
