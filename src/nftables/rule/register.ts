import { type DataType, hostOrder } from '../words/index.ts';

/** Registers by their number of 32-bit slots: 1 to 4 are NFT_REG_1 to NFT_REG_4 where a slot is the first of four. */
export const registerOfSlot = (slot: number): number => (slot % 4 === 0 ? 1 + slot / 4 : 8 + slot);

/** The slot a register begins at: NFT_REG32_00 is 8. */
export const slotOfRegister = (register: number): number => (register >= 8 ? register - 8 : 4 * (register - 1));

export const slotsOf = (bytes: number): number => Math.ceil(bytes / 4);

/** A value in the order that the kernel loads the type in, or back: its own order is the same both ways. */
export const registerOrder = (type: DataType, value: Uint8Array): Uint8Array =>
  type.order === 'host' ? hostOrder(value) : value;
