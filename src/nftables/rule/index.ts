/** Rules: from words to expressions, and back. */
export type { AnonymousSet, EncodedRule, RuleContext } from './context.ts';
export { anonymousSets, type DecodeContext, type DecodedRule, decodeRule } from './decode.ts';
export { encodeRule } from './encode.ts';
