import { attribute, attributes, be32 } from '../../wire/index.ts';
import { data } from '../data.ts';

/** NFTA_IMMEDIATE_*: loads a value into a register, or a verdict into register 0 (NFT_REG_VERDICT). */
export const immediate = attributes('immediate', { dreg: attribute(1, be32), data: attribute(2, data) });
