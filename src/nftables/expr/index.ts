/** Expressions: the instructions of rules. Each has a file; `registry.ts` lists all. */
export {
  dataBytes,
  dataOf,
  expr,
  expression,
  exprFromBytes,
  isKnown,
  type Expr,
  type ExprData,
  type ExprName,
} from './registry.ts';
export { ByteorderOp } from './byteorder.ts';
export { CmpOp } from './cmp.ts';
export { CtDirection, CtKey } from './ct.ts';
export { DynsetOp } from './dynset.ts';
export { FibFlag, FibResult } from './fib.ts';
export { NFT_LIMIT_F_INV } from './limit.ts';
export { NFT_LOOKUP_F_INV } from './lookup.ts';
export { MetaKey } from './meta.ts';
export { NatType } from './nat.ts';
export { PayloadBase } from './payload.ts';
export { RangeOp } from './range.ts';
export { RejectType } from './reject.ts';
export { SocketKey } from './socket.ts';
