/*
 * The part of the pcapng file format (draft-ietf-opsawg-pcapng) for packets of several interfaces. Numbers are in the
 * byte order of this machine, which the first block of the file declares.
 */

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const OPT_END = 0;
const SHB_USERAPPL = 4;
const IF_NAME = 2;
const EPB_FLAGS = 2;

export const LINKTYPE_ETHERNET = 1;
export const LINKTYPE_RAW = 101;

export interface PcapInterface {
  readonly name: string;
  readonly linkType: number;
}

export interface PcapPacket {
  /** The index of the interface in the file. */
  readonly interface: number;
  /** Microseconds since the epoch. */
  readonly time: number;
  readonly outbound: boolean;
  /** The captured bytes, at most the snap length. */
  readonly data: Uint8Array;
  /** The original length in bytes. */
  readonly length: number;
}

/** Returns a pcapng file. */
export function pcapng(
  interfaces: readonly PcapInterface[],
  packets: readonly PcapPacket[],
  snapLength: number,
): Buffer {
  return Buffer.concat([
    block(SECTION_HEADER, [
      u32(BYTE_ORDER_MAGIC),
      u16(1, 0),
      u32(0xffffffff, 0xffffffff),
      text(SHB_USERAPPL, 'netwright'),
      END,
    ]),
    ...interfaces.map(({ name, linkType }) =>
      block(INTERFACE_DESCRIPTION, [u16(linkType, 0), u32(snapLength), text(IF_NAME, name), END]),
    ),
    ...packets.map((packet) => {
      const time = Math.floor(packet.time);
      const head = [packet.interface, Math.floor(time / 2 ** 32), time % 2 ** 32, packet.data.length, packet.length];
      const flags = [u16(EPB_FLAGS, 4), u32(packet.outbound ? 2 : 1)];
      return block(ENHANCED_PACKET, [u32(...head), padded(packet.data), ...flags, END]);
    }),
  ]);
}

function block(type: number, parts: readonly Uint8Array[]): Buffer {
  const length = 12 + parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([u32(type, length), ...parts, u32(length)]);
}

function text(option: number, value: string): Uint8Array {
  const bytes = Buffer.from(value);
  return Buffer.concat([u16(option, bytes.length), padded(bytes)]);
}

const bytesOf = (array: Uint16Array | Uint32Array): Uint8Array => new Uint8Array(array.buffer);
const u16 = (...values: readonly number[]): Uint8Array => bytesOf(Uint16Array.from(values));
const u32 = (...values: readonly number[]): Uint8Array => bytesOf(Uint32Array.from(values));

/** Pads to a multiple of four bytes with zeros. */
function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array((bytes.length + 3) & ~3);
  whole.set(bytes);
  return whole;
}

const END = u16(OPT_END, 0);
