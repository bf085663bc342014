import { AF_INET, AF_INET6, AF_UNSPEC } from '../ffi/index.ts';
import type { NetlinkSocket } from '../netlink/index.ts';
import type { Bytes, MessageCodec } from '../wire/index.ts';

/** What a question says: any part of the message. */
type Question<H, A> = Partial<H> & A;

/*
 * With NETLINK_GET_STRICT_CHK the kernel filters by what a question says, and refuses one that says more than it can
 * filter by: everything else in the fixed part must be zero.
 */

export function dump<H, A>(
  socket: NetlinkSocket,
  type: number,
  codec: MessageCodec<H, A>,
  value: Question<H, A>,
  operation: string,
): (H & A)[] {
  return socket.dump<Question<H, A>, H & A>({ type, codec, value, operation }, codec);
}

/**
 * As {@link dump}, of both families of IP when `value` names none. The kernel has others, whose messages hold other things
 * under the same numbers: MPLS, and multicast routing as families of its own (RTNL_FAMILY_IPMR).
 */
export function dumpIp<H extends { family: number }, A>(
  socket: NetlinkSocket,
  type: number,
  codec: MessageCodec<H, A>,
  value: Question<H, A> & { readonly family: number },
  operation: string,
): (H & A)[] {
  if (value.family !== AF_UNSPEC) return dump(socket, type, codec, value, operation);
  return socket.dump<Question<H, A>, H & A>({ type, codec, value, operation }, codec, isIp);
}

/** Every message with a family begins with it. */
const isIp = ({ u8 }: Bytes, start: number): boolean => u8[start] === AF_INET || u8[start] === AF_INET6;

/** As {@link get}, and undefined when the kernel answers with an errno that says that there is none. */
export function find<H, A>(
  socket: NetlinkSocket,
  type: number,
  codec: MessageCodec<H, A>,
  value: Question<H, A>,
  operation: string,
  ...absent: readonly number[]
): (H & A) | undefined {
  return socket.find<Question<H, A>, H & A>({ type, codec, value, operation }, codec, ...absent);
}

export function get<H, A>(
  socket: NetlinkSocket,
  type: number,
  codec: MessageCodec<H, A>,
  value: Question<H, A>,
  operation: string,
): H & A {
  return socket.get<Question<H, A>, H & A>({ type, codec, value, operation }, codec);
}
