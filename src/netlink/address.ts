import { AF_NETLINK } from '../ffi/index.ts';
import { LITTLE_ENDIAN } from '../wire/index.ts';

/** How large struct sockaddr_nl (linux/netlink.h) is, in bytes. */
export const ADDRESS_SIZE = 12;
/** Where in it the port is, in 32 bits. */
const PORT = 4;

/** The kernel's address: port 0. To bind to, it means one that the kernel chooses. */
export const KERNEL = new Uint8Array(ADDRESS_SIZE);
new DataView(KERNEL.buffer).setUint16(0, AF_NETLINK, LITTLE_ENDIAN);

/** The port of whoever sent a message, from its address. */
export const portOf = (address: Uint8Array): number =>
  new DataView(address.buffer, address.byteOffset).getUint32(PORT, LITTLE_ENDIAN);
