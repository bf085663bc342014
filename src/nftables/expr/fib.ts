import { attribute, attributes, be32 } from '../../wire/index.ts';

/** enum nft_fib_result. */
export const FibResult = { oif: 1, oifname: 2, addrtype: 3 } as const;

/** enum nft_fib_flags. */
export const FibFlag = { saddr: 1, daddr: 2, mark: 4, iif: 8, oif: 16, present: 32 } as const;

/** NFTA_FIB_*. */
export const fib = attributes('fib', {
  dreg: attribute(1, be32),
  result: attribute(2, be32),
  flags: attribute(3, be32),
});
