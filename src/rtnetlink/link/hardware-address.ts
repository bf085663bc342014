import { macFromBytes, writeMac, type Mac } from '../../addr/index.ts';
import type { Codec } from '../../wire/index.ts';

/** A MAC address as text. Other kinds of links have bytes: tunnels have IP addresses here. */
export type HardwareAddress = Mac | Uint8Array;

/** A link-layer address: up to MAX_ADDR_LEN (32) bytes. 6 bytes are a MAC address. */
export const hardwareAddress: Codec<HardwareAddress> = {
  name: 'hardwareAddress',
  shape: { type: 'bytes', min: 0, max: 32 },
  read: (from, start, end) => (end - start === 6 ? macFromBytes(from.u8, start) : from.u8.slice(start, end)),
  write(to, value) {
    if (typeof value !== 'string') {
      const at = to.reserve(value.length);
      to.u8.set(value, at);
      return at + value.length;
    }
    const at = to.reserve(6);
    writeMac(value, to.u8, at);
    return at + 6;
  },
};
