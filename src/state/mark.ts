import { hash64 } from '../addr/index.ts';

/** The first byte of every lab's group: an N. */
const PREFIX = 0x4e00_0000;

/**
 * The group (IFLA_GROUP, `ip link show group N`) that a lab puts its links into, by which they are told from those that
 * programs make in its nodes. Another one for each lab, since one may run in a node of another.
 * @returns 0x4e000000 to 0x4effffff
 */
export const labGroup = (lab: string): number => PREFIX + (hash64(lab)[0] >>> 8);
