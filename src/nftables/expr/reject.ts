import { attribute, attributes, be32, u8 } from '../../wire/index.ts';

/** enum nft_reject_types. */
export const RejectType = { icmpUnreach: 0, tcpReset: 1, icmpxUnreach: 2 } as const;

/** NFTA_REJECT_*. */
export const reject = attributes('reject', { type: attribute(1, be32), icmpCode: attribute(2, u8) });
