import { align4, LITTLE_ENDIAN } from './bytes.ts';
import { EncodeError } from './error.ts';

/** A growing buffer to which messages are appended. Lengths are filled in when they are known. */
export class Writer {
  /** The memory, replaced when it grows. Its first {@link length} bytes are in use. */
  u8: Uint8Array;
  view: DataView;
  length = 0;

  constructor(capacity = 4096) {
    this.u8 = new Uint8Array(capacity);
    this.view = new DataView(this.u8.buffer);
  }

  /** Appends `n` zero bytes, padded to a multiple of four, and returns where they start. */
  reserve(n: number): number {
    const start = this.length;
    const end = start + align4(n);
    if (end > this.u8.length) this.#grow(end);
    this.u8.fill(0, start, end);
    this.length = end;
    return start;
  }

  #grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, 2 * this.u8.length));
    grown.set(this.u8.subarray(0, this.length));
    this.u8 = grown;
    this.view = new DataView(grown.buffer);
  }

  /** Begins an attribute (struct nlattr), whose payload is appended before {@link endAttribute}. Returns its start. */
  beginAttribute(type: number): number {
    const start = this.reserve(4);
    this.view.setUint16(start + 2, type, LITTLE_ENDIAN);
    return start;
  }

  /**
   * Ends the attribute that begins at `start`.
   * @param unpadded the end of the payload before its padding
   * @throws EncodeError when the payload exceeds 65,531 bytes, the limit of nla_len
   */
  endAttribute(start: number, unpadded = this.length): void {
    const length = unpadded - start;
    if (length > 0xffff)
      throw new EncodeError('an attribute', `${length} bytes do not fit nla_len, which is 16 bits wide`);
    this.view.setUint16(start, length, LITTLE_ENDIAN);
  }

  /** The bytes written so far, valid until the next append. */
  written(): Uint8Array {
    return this.u8.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }
}
