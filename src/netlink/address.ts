import { AF_NETLINK } from '../ffi/index.ts';
import { LITTLE_ENDIAN } from '../wire/index.ts';

/** The size of struct sockaddr_nl (linux/netlink.h), in bytes. */
export const ADDRESS_SIZE = 12;
/** The offset of nl_pid in it. */
const PORT = 4;

/** The kernel's address: nl_pid 0. For bind(2), nl_pid 0 lets the kernel choose the port. */
export const KERNEL = new Uint8Array(ADDRESS_SIZE);
new DataView(KERNEL.buffer).setUint16(0, AF_NETLINK, LITTLE_ENDIAN);

/** Returns the port (nl_pid) of a sockaddr_nl. */
export const portOf = (address: Uint8Array): number =>
  new DataView(address.buffer, address.byteOffset).getUint32(PORT, LITTLE_ENDIAN);
