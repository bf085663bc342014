import type { Batch, AcceptedErrors } from '../netlink/index.ts';
import { attribute, attributes, message, s32, struct, u32, u8, type Infer } from '../wire/index.ts';
import { RTM_NEWNSID } from './constants.ts';

/** struct rtgenmsg of linux/rtnetlink.h. */
const rtgenmsg = struct('rtgenmsg', { family: u8 });

/** NETNSA_* of linux/net_namespace.h. */
const nsidAttributes = attributes('nsid', {
  /** The number by which this namespace knows the other, or -1 when it does not. */
  nsid: attribute(1, s32),
  /** The other namespace is that of this process, or the one that this descriptor refers to. */
  pid: attribute(2, u32),
  fd: attribute(3, u32),
  targetNsid: attribute(4, s32),
  currentNsid: attribute(5, s32),
});

/** RTM_NEWNSID, RTM_GETNSID. */
export const nsidMessage = message('nsid', rtgenmsg, nsidAttributes);
/** The number by which a namespace knows another. */
export type NsidMessage = Infer<typeof nsidMessage>;

/**
 * Gives the namespace that `fd` refers to a number in the batch's own, by which events from there are told apart
 * (NETLINK_LISTEN_ALL_NSID). The number is free again when either namespace goes. The kernel refuses (EEXIST) where one
 * has a number already, as the two ends of a cable have.
 * @param harmless errors that are ignored
 */
export function addNsid(batch: Batch, fd: number, nsid: number, harmless?: AcceptedErrors): void {
  batch.add(RTM_NEWNSID, 0, nsidMessage, { family: 0, nsid, fd }, 'number a network namespace', harmless);
}
