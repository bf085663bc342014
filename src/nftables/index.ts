/**
 * nftables in nft's own words: tables as plain data, put into the kernel and read back.
 *
 *     using socket = NetlinkSocket.open(NETLINK_NETFILTER);   // in the namespace that is meant
 *     const transaction = new Transaction();
 *     transaction.replaceTable(table);                        // gathered …
 *     transaction.commit(socket);                             // … and made as one change, or not at all
 *     listTables(socket);                                     // the tables, every rule in words
 *
 * Rules are written in the form that nft writes them in, so that `nft list ruleset` shows them as if typed by hand.
 */
export { listBaseChains, listChains, rulesMention, type NamedChain } from './chains.ts';
export { findTable, listTableNames, listTables, type ListOptions, type NamedTable } from './listing.ts';
export { findElement, hasSet } from './lookup.ts';
export { kernelHasNftables } from './present.ts';
export { listElements, type LiveElement } from './set/index.ts';
export { NFNLGRP_NFTRACE, readTrace, type TracedPacket, type TraceEvent } from './trace.ts';
export { canonicalTable, normaliseTable } from './normalise.ts';
export { Transaction, type TableName, type TransactionOptions } from './transaction.ts';
export type { Interfaces } from './words/index.ts';

// One rule or set at a time, without a kernel.
export { expression, type Expr } from './expr/index.ts';
export {
  anonymousSets,
  decodeRule,
  encodeRule,
  type AnonymousSet,
  type DecodeContext,
  type DecodedRule,
  type EncodedRule,
  type RuleContext,
} from './rule/index.ts';
