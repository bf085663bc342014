/** True on a little-endian machine. Netlink uses the machine's byte order. */
export const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** A buffer to read from: the same memory as bytes and as a DataView. Codecs read only the range they are given. */
export class Bytes {
  readonly u8: Uint8Array;
  readonly view: DataView;

  constructor(u8: Uint8Array) {
    this.u8 = u8;
    this.view = new DataView(u8.buffer, u8.byteOffset, u8.byteLength);
  }

  get length(): number {
    return this.u8.length;
  }
}

/** NLA_ALIGN: attributes and messages start on multiples of four bytes. */
export const align4 = (n: number): number => (n + 3) & ~3;
