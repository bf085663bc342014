import { attribute, attributes, be32 } from '../../wire/index.ts';

/** NFTA_DUP_*. */
export const dup = attributes('dup', { sregAddr: attribute(1, be32), sregDev: attribute(2, be32) });
