import { attribute, attributes, be32 } from '../../wire/index.ts';
import { data } from '../data.ts';

/** NFTA_IMMEDIATE_*: a value into a register, or a verdict into register 0. */
export const immediate = attributes('immediate', { dreg: attribute(1, be32), data: attribute(2, data) });
