import { attribute, attributes, be32, bytes, cString, sbe32, type Infer } from '../wire/index.ts';

/** enum nft_verdicts, and NF_DROP and NF_ACCEPT. */
export const verdictCodes = { accept: 1, drop: 0, continue: -1, break: -2, jump: -3, goto: -4, return: -5 } as const;

/** NFTA_VERDICT_*. */
export const verdict = attributes('verdict', {
  code: attribute(1, sbe32),
  chain: attribute(2, cString()),
  chainId: attribute(3, be32),
});
export type Verdict = Infer<typeof verdict>;

/** NFTA_DATA_*: the value of a register, or a verdict. */
export const data = attributes('data', { value: attribute(1, bytes(0, 64)), verdict: attribute(2, verdict) });
export type Data = Infer<typeof data>;
