import { familyOf, ipFromBytes, ipToBytes, type Family, type Ip } from '../addr/index.ts';
import { AF_INET, AF_INET6 } from '../ffi/index.ts';

export const addressFamily = (family: Family): number => (family === 4 ? AF_INET : AF_INET6);

export const anyAddress = (family: Family): Ip => (family === 4 ? '0.0.0.0' : '::') as Ip;

/** struct sockaddr_in or sockaddr_in6 (ip(7), ipv6(7)). */
export function sockaddr(ip: Ip, port: number): Uint8Array {
  const family = familyOf(ip);
  const bytes = new Uint8Array(family === 4 ? 16 : 28);
  // The family is in host byte order, the rest in network byte order.
  bytes.set(new Uint8Array(new Uint16Array([addressFamily(family)]).buffer));
  bytes[2] = port >> 8;
  bytes[3] = port & 0xff;
  bytes.set(ipToBytes(ip), family === 4 ? 4 : 8);
  return bytes;
}

export const portOf = (address: Uint8Array): number => (address[2]! << 8) | address[3]!;

/** The address in a sockaddr of a known family. */
export const ipOf = (address: Uint8Array, family: Family): Ip => ipFromBytes(address, family === 4 ? 4 : 8, family);
