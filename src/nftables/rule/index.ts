/** Rules: encoding statements to expressions, and decoding them. */
export type { AnonymousSet, DecodeContext, EncodedRule, RuleContext } from './context.ts';
export { anonymousSets, type DecodedRule, decodeRule } from './decode.ts';
export { encodeRule } from './encode.ts';
