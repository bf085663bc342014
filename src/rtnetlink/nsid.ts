import type { Batch, AcceptedErrors } from '../netlink/index.ts';
import { attribute, attributes, message, s32, struct, u32, u8, type Infer } from '../wire/index.ts';
import { RTM_NEWNSID } from './constants.ts';

/** struct rtgenmsg of linux/rtnetlink.h. */
const rtgenmsg = struct('rtgenmsg', { family: u8 });

/** NETNSA_* of linux/net_namespace.h. */
const nsidAttributes = attributes('nsid', {
  /** The nsid of another namespace in this one, or -1 when it has none. */
  nsid: attribute(1, s32),
  /** The other namespace: by a process in it, or by a descriptor. */
  pid: attribute(2, u32),
  fd: attribute(3, u32),
  targetNsid: attribute(4, s32),
  currentNsid: attribute(5, s32),
});

/** RTM_NEWNSID, RTM_GETNSID. */
export const nsidMessage = message('nsid', rtgenmsg, nsidAttributes);
/** The nsid of one namespace in another: struct rtgenmsg and its attributes. */
export type NsidMessage = Infer<typeof nsidMessage>;

/**
 * Assigns an nsid to another namespace, in the namespace of the batch's socket (`ip netns set`). Events from there then
 * carry it (NETLINK_LISTEN_ALL_NSID). The kernel frees the nsid when either namespace ends. It refuses a second one
 * (EEXIST): the namespaces of a veth pair's ends have nsids already.
 * @param fd a descriptor of the other namespace
 * @param accepted errors that are ignored
 */
export function addNsid(batch: Batch, fd: number, nsid: number, accepted?: AcceptedErrors): void {
  batch.add(RTM_NEWNSID, 0, nsidMessage, { family: 0, nsid, fd }, 'assign an nsid to a network namespace', accepted);
}
