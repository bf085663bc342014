import { AF_INET, AF_INET6, AF_UNSPEC } from '../ffi/index.ts';
import type { NetlinkSocket } from '../netlink/index.ts';
import type { Bytes, MessageCodec } from '../wire/index.ts';

/** The content of a request: members of the header struct can be left out. */
type RequestValue<H, A> = Partial<H> & A;

/*
 * With NETLINK_GET_STRICT_CHK the kernel filters a dump by the request's members and attributes. It refuses members by
 * which it cannot filter: they must be zero.
 */

export function dump<H, A>(
  socket: NetlinkSocket,
  type: number,
  codec: MessageCodec<H, A>,
  value: RequestValue<H, A>,
  operation: string,
): (H & A)[] {
  return socket.dump<RequestValue<H, A>, H & A>({ type, codec, value, operation }, codec);
}

/**
 * Like {@link dump}, but AF_UNSPEC returns IPv4 and IPv6 only. The kernel has more families, with other meanings of the
 * same attribute numbers: MPLS, and multicast routing (RTNL_FAMILY_IPMR).
 */
export function dumpIp<H extends { family: number }, A>(
  socket: NetlinkSocket,
  type: number,
  codec: MessageCodec<H, A>,
  value: RequestValue<H, A> & { readonly family: number },
  operation: string,
): (H & A)[] {
  if (value.family !== AF_UNSPEC) return dump(socket, type, codec, value, operation);
  return socket.dump<RequestValue<H, A>, H & A>({ type, codec, value, operation }, codec, isIp);
}

/** The family is the first byte of these messages. */
const isIp = ({ u8 }: Bytes, start: number): boolean => u8[start] === AF_INET || u8[start] === AF_INET6;

/** Like {@link get}, but returns undefined when the kernel replies with one of the errnos `absent`. */
export function find<H, A>(
  socket: NetlinkSocket,
  type: number,
  codec: MessageCodec<H, A>,
  value: RequestValue<H, A>,
  operation: string,
  ...absent: readonly number[]
): (H & A) | undefined {
  return socket.find<RequestValue<H, A>, H & A>({ type, codec, value, operation }, codec, ...absent);
}

export function get<H, A>(
  socket: NetlinkSocket,
  type: number,
  codec: MessageCodec<H, A>,
  value: RequestValue<H, A>,
  operation: string,
): H & A {
  return socket.get<RequestValue<H, A>, H & A>({ type, codec, value, operation }, codec);
}
