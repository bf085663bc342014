/** Rules: from words to expressions, and back. */
export type { AnonymousSet, DecodeContext, EncodedRule, RuleContext } from './context.ts';
export { anonymousSets, type DecodedRule, decodeRule } from './decode.ts';
export { encodeRule } from './encode.ts';
