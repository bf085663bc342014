import { type DataType, hostOrder } from '../datatypes/index.ts';

/**
 * Returns the register that begins at a 32-bit slot: NFT_REG_1 to NFT_REG_4 (1 to 4, of 128 bits) at every fourth slot,
 * NFT_REG32_00 … (from 8) at the others.
 */
export const registerOfSlot = (slot: number): number => (slot % 4 === 0 ? 1 + slot / 4 : 8 + slot);

/** Returns the 32-bit slot at which a register begins. */
export const slotOfRegister = (register: number): number => (register >= 8 ? register - 8 : 4 * (register - 1));

/** Returns how many 32-bit slots a value of this many bytes needs. */
export const slotsOf = (bytes: number): number => Math.ceil(bytes / 4);

/** Converts a value between big endian and the byte order of its type in registers. */
export const registerOrder = (type: DataType, value: Uint8Array): Uint8Array =>
  type.order === 'host' ? hostOrder(value) : value;
