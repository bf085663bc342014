/**
 * Writes tables of nftables to the kernel and reads them back. Tables are plain data with the names of nft(8).
 *
 *     using socket = NetlinkSocket.open(NETLINK_NETFILTER);   // in the namespace of this thread
 *     const transaction = new Transaction();
 *     transaction.replaceTable(table);                        // queues the change
 *     transaction.commit(socket);                             // atomic: the kernel makes all changes or none
 *     listTables(socket);                                     // the tables, rules as statements
 *
 * Rules are encoded into the same expressions as by nft, so that `nft list ruleset` prints them correctly.
 */
export { listBaseChains, listChains, rulesMention, type NamedChain } from './chains.ts';
export { findTable, listTableNames, listTables, type ListOptions, type NamedTable } from './listing.ts';
export { findElement, hasSet } from './lookup.ts';
export { kernelHasNetfilter } from './kernel-support.ts';
export { listElements, type LiveElement } from './set/index.ts';
export { NFNLGRP_NFTRACE, readTrace, type TracedPacket, type TraceEvent } from './trace.ts';
export { canonicalTable, normaliseTable } from './normalise.ts';
export { Transaction, type TableName, type TransactionOptions } from './transaction.ts';
export type { Interfaces } from './datatypes/index.ts';

// Encoding and decoding of single rules, without a kernel.
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
