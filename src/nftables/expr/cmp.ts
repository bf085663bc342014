import { attribute, attributes, be32 } from '../../wire/index.ts';
import { data } from '../data.ts';

/** enum nft_cmp_ops. */
export const CmpOp = { eq: 0, neq: 1, lt: 2, lte: 3, gt: 4, gte: 5 } as const;

/** NFTA_CMP_*. */
export const cmp = attributes('cmp', { sreg: attribute(1, be32), op: attribute(2, be32), data: attribute(3, data) });
