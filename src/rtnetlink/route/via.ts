import { ipFromBytes, ipToBytes, type Ip } from '../../addr/index.ts';
import { AF_INET, AF_INET6 } from '../../ffi/index.ts';
import { DecodeError, LITTLE_ENDIAN, type Codec } from '../../wire/index.ts';

/** A gateway of another address family than the route: an IP address, or the family and bytes of another address. */
export type Via = Ip | { readonly family: number; readonly address: Uint8Array };

/** struct rtvia of linux/rtnetlink.h. */
export const via: Codec<Via> = {
  name: 'via',
  shape: { type: 'bytes', min: 2, max: 34 },
  read(from, start, end) {
    if (end - start < 2) throw new DecodeError('via', start, `${end - start} bytes where at least 2 belong`);
    const family = from.view.getUint16(start, LITTLE_ENDIAN);
    if (family === AF_INET && end - start === 6) return ipFromBytes(from.u8, start + 2, 4);
    if (family === AF_INET6 && end - start === 18) return ipFromBytes(from.u8, start + 2, 6);
    return { family, address: from.u8.slice(start + 2, end) };
  },
  write(to, value) {
    const bytes = typeof value === 'string' ? ipToBytes(value) : value.address;
    const family = typeof value === 'string' ? (bytes.length === 4 ? AF_INET : AF_INET6) : value.family;
    const at = to.reserve(2 + bytes.length);
    to.view.setUint16(at, family, LITTLE_ENDIAN);
    to.u8.set(bytes, at + 2);
    return at + 2 + bytes.length;
  },
};
