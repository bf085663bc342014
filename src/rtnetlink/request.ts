import type { NetlinkSocket } from '../netlink/index.ts';
import type { MessageCodec } from '../wire/index.ts';

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

export function get<H, A>(
  socket: NetlinkSocket,
  type: number,
  codec: MessageCodec<H, A>,
  value: Question<H, A>,
  operation: string,
): H & A {
  return socket.get<Question<H, A>, H & A>({ type, codec, value, operation }, codec);
}
