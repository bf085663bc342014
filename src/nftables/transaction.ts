import { NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, type NetlinkSocket } from '../netlink/index.ts';
import { EncodeError, type AnyCodec, type Codec } from '../wire/index.ts';
import { encodeBase } from './chain.ts';
import { NFPROTO } from './families.ts';
import type {
  ChainState,
  FlowtableState,
  NftRuleState,
  SetElement,
  SetState,
  TableFamily,
  TableState,
} from '../state/index.ts';
import { encodeRule } from './rule/index.ts';
import * as nft from './constants.ts';
import {
  chain as chainMessage,
  elements as elementsMessage,
  type ElementMessage,
  flowtable as flowtableMessage,
  batchMark,
  rule as ruleMessage,
  set as setMessage,
  table as tableMessage,
} from './schema/index.ts';
import { encodeElements, encodeSet } from './set/index.ts';
import { commentData, MAX_COMMENT } from './user-data.ts';
import type { Interfaces } from './datatypes/index.ts';

/** The family and name of a table. A {@link TableState} has both. */
export interface TableName {
  readonly family: TableFamily;
  readonly name: string;
}

/** How rules with interface names are encoded. */
export interface TransactionOptions {
  /** The indices of the namespace's interfaces by name, for rules with `iif` and `oif`. */
  readonly interfaces?: Interfaces;
}

interface Queued {
  readonly type: number;
  readonly flags: number;
  readonly codec: AnyCodec;
  readonly value: unknown;
  readonly operation: string;
}

/** An anonymous set to which a raw expression refers keeps the name from the kernel. */
const ANONYMOUS = /^__(set|map)[0-9]+$/;

/** The maximum length of a table's comment, in bytes: user data have a length of 8 bits, which counts the NUL byte. */
const MAX_TABLE_COMMENT = 254;

/** Elements are split into messages of about this size, because an attribute's length has 16 bits. */
const ELEMENTS_BYTES = 32 * 1024;

/** The hook of flowtables: enum nf_dev_hooks of linux/netfilter.h. */
const NF_NETDEV_INGRESS = 0;

/**
 * An atomic change of tables: the kernel makes all changes or none. The methods queue changes, and {@link commit} sends
 * them as one batch. Use a transaction for one commit.
 */
export class Transaction {
  readonly #interfaces: Interfaces;
  readonly #queued: Queued[] = [];
  readonly #ruleCounts = new Map<string, number>();
  #lastSetId = 0;

  constructor({ interfaces = new Map() }: TransactionOptions = {}) {
    this.#interfaces = interfaces;
  }

  /** The number of queued messages. */
  get length(): number {
    return this.#queued.length;
  }

  /** Adds a table with its content. A table of this name must not exist. @throws EncodeError as {@link addRule} */
  addTable(table: TableState): void {
    this.#addEmptyTable(table, NLM_F_CREATE | NLM_F_EXCL);
    // In the order of references: rules refer to sets and flowtables, and verdict maps to chains.
    for (const [name, flowtable] of Object.entries(table.flowtables ?? {})) this.addFlowtable(table, name, flowtable);
    for (const [name, chain] of Object.entries(table.chains)) this.addChain(table, name, chain);
    for (const [name, set] of Object.entries(table.sets)) this.addSet(table, name, set);
    for (const [name, { rules }] of Object.entries(table.chains))
      for (const rule of rules) this.addRule(table, name, rule);
  }

  /** Deletes a table with its content. */
  deleteTable(family: TableFamily, name: string): void {
    this.#add(
      nft.NFT_MSG_DELTABLE,
      0,
      tableMessage,
      { family: NFPROTO[family], name },
      `delete table ${family} ${name}`,
    );
  }

  /** Deletes a table with its content, if it exists. */
  deleteTableIfExists(family: TableFamily, name: string): void {
    // NFT_MSG_DESTROYTABLE needs Linux 6.3. So add the table first, which changes nothing if it exists.
    this.#add(
      nft.NFT_MSG_NEWTABLE,
      NLM_F_CREATE,
      tableMessage,
      { family: NFPROTO[family], name },
      `add table ${family} ${name}`,
    );
    this.deleteTable(family, name);
  }

  /** Replaces a table, or adds it. Every packet passes either the old table or the new one. */
  replaceTable(table: TableState): void {
    this.deleteTableIfExists(table.family, table.name);
    this.addTable(table);
  }

  /** Adds a chain without rules: see {@link addRule}. @throws EncodeError when the family does not have the hook */
  addChain(table: TableName, name: string, { base }: Pick<ChainState, 'base'>): void {
    const value = {
      family: NFPROTO[table.family],
      table: table.name,
      name,
      ...(base === undefined ? {} : encodeBase(table.family, base)),
    };
    this.#add(nft.NFT_MSG_NEWCHAIN, NLM_F_CREATE, chainMessage, value, `add chain ${name} to ${textOf(table)}`);
  }

  /** Deletes a chain with its rules. No rule or verdict map may refer to it. */
  deleteChain(table: TableName, name: string): void {
    const value = { family: NFPROTO[table.family], table: table.name, name };
    this.#add(nft.NFT_MSG_DELCHAIN, 0, chainMessage, value, `delete chain ${name} of ${textOf(table)}`);
  }

  /** Deletes the rules of a chain. */
  flushChain(table: TableName, name: string): void {
    const value = { family: NFPROTO[table.family], table: table.name, chain: name };
    this.#add(nft.NFT_MSG_DELRULE, 0, ruleMessage, value, `delete the rules of chain ${name} of ${textOf(table)}`);
  }

  /**
   * Adds a rule at the end of a chain.
   * @param table with its `sets` if the rule refers to any: lookups in interval sets are encoded differently
   * @throws EncodeError when a value is invalid, or the rule cannot match any packet
   */
  addRule(table: TableName & { readonly sets?: TableState['sets'] }, chain: string, rule: NftRuleState): void {
    const key = `${table.family} ${table.name} ${chain}`;
    const number = (this.#ruleCounts.get(key) ?? 0) + 1;
    this.#ruleCounts.set(key, number);
    const operation = `add rule ${number} to chain ${chain} of ${textOf(table)}`;
    const { expressions, sets } = withOperation(operation, () =>
      encodeRule(table.family, rule.statements, {
        ...(table.sets === undefined ? {} : { sets: table.sets }),
        interfaces: this.#interfaces,
        nextSetId: () => ++this.#lastSetId,
      }),
    );
    for (const { name, id, set } of sets) this.#addSet(table, name, set, { id, anonymous: true, operation });
    const value = {
      family: NFPROTO[table.family],
      table: table.name,
      chain,
      expressions: [...expressions],
      ...(rule.comment === undefined ? {} : { userData: comment(rule.comment, MAX_COMMENT, operation) }),
    };
    this.#add(nft.NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, ruleMessage, value, operation);
  }

  /** Adds a set or a map with its elements. */
  addSet(table: TableName, name: string, set: SetState): void {
    const operation = `add ${set.value === undefined ? 'set' : 'map'} ${name} to ${textOf(table)}`;
    this.#addSet(table, name, set, { id: ++this.#lastSetId, anonymous: ANONYMOUS.test(name), operation });
  }

  /** Adds a flowtable. Its devices must exist. */
  addFlowtable(table: TableName, name: string, { priority, devices }: FlowtableState): void {
    const value = {
      family: NFPROTO[table.family],
      table: table.name,
      name,
      hook: { number: NF_NETDEV_INGRESS, priority, devices: [...devices] },
    };
    this.#add(
      nft.NFT_MSG_NEWFLOWTABLE,
      NLM_F_CREATE,
      flowtableMessage,
      value,
      `add flowtable ${name} to ${textOf(table)}`,
    );
  }

  /** Deletes a flowtable. No rule may refer to it. */
  deleteFlowtable(table: TableName, name: string): void {
    const value = { family: NFPROTO[table.family], table: table.name, name };
    this.#add(nft.NFT_MSG_DELFLOWTABLE, 0, flowtableMessage, value, `delete flowtable ${name} of ${textOf(table)}`);
  }

  /** Deletes a set or a map with its elements. No rule may refer to it. */
  deleteSet(table: TableName, name: string): void {
    const value = { family: NFPROTO[table.family], table: table.name, name };
    this.#add(nft.NFT_MSG_DELSET, 0, setMessage, value, `delete set ${name} of ${textOf(table)}`);
  }

  /**
   * Adds elements to an existing set.
   * @param set the definition of the set; its elements are ignored
   * @throws EncodeError when an element does not fit the definition
   */
  addElements(table: TableName, name: string, set: SetState, elements: readonly SetElement[]): void {
    const operation = `add elements to set ${name} of ${textOf(table)}`;
    this.#elements(
      nft.NFT_MSG_NEWSETELEM,
      NLM_F_CREATE,
      table,
      name,
      withOperation(operation, () => encodeElements(set, elements)),
      operation,
    );
  }

  /**
   * Deletes elements of a set.
   * @param set the definition of the set; its elements are ignored
   * @throws EncodeError when an element does not fit the definition
   */
  deleteElements(table: TableName, name: string, set: SetState, elements: readonly SetElement[]): void {
    const operation = `delete elements of set ${name} of ${textOf(table)}`;
    const encoded = withOperation(operation, () => encodeElements(set, elements, { firstEnd: false }));
    this.#elements(nft.NFT_MSG_DELSETELEM, 0, table, name, encoded, operation);
  }

  /** Deletes all elements of a set. */
  flushSet(table: TableName, name: string): void {
    const value = { family: NFPROTO[table.family], table: table.name, set: name };
    this.#add(
      nft.NFT_MSG_DELSETELEM,
      0,
      elementsMessage,
      value,
      `delete the elements of set ${name} of ${textOf(table)}`,
    );
  }

  /**
   * Sends the changes to the kernel.
   * @param socket a socket of NETLINK_NETFILTER, in the namespace to change
   * @throws NetlinkError of the change that failed; then the kernel has made none
   */
  commit(socket: NetlinkSocket): void {
    const queued = this.#queued.splice(0);
    this.#ruleCounts.clear();
    if (queued.length === 0) return;
    const batch = socket.batch({ split: false });
    const mark = { family: 0, version: 0, resourceId: nft.BATCH_RESOURCE };
    batch.add(nft.NFNL_MSG_BATCH_BEGIN, 0, batchMark, mark, 'change the nftables');
    for (const { type, flags, codec, value, operation } of queued) batch.add(type, flags, codec, value, operation);
    batch.add(nft.NFNL_MSG_BATCH_END, 0, batchMark, mark, 'change the nftables');
    batch.send(queued.length);
  }

  #addEmptyTable(table: TableState, flags: number): void {
    const operation = `add ${textOf(table)}`;
    const value = {
      family: NFPROTO[table.family],
      name: table.name,
      ...(table.comment === undefined ? {} : { userData: comment(table.comment, MAX_TABLE_COMMENT, operation) }),
    };
    this.#add(nft.NFT_MSG_NEWTABLE, flags, tableMessage, value, operation);
  }

  #addSet(
    table: TableName,
    name: string,
    set: SetState,
    { id, anonymous, operation }: { id: number; anonymous: boolean; operation: string },
  ): void {
    const elements = withOperation(operation, () => encodeElements(set, set.elements, { anonymous }));
    const attributes = withOperation(operation, () => encodeSet(set, elements.length, { id, anonymous }));
    this.#add(
      nft.NFT_MSG_NEWSET,
      NLM_F_CREATE,
      setMessage,
      { family: NFPROTO[table.family], table: table.name, name, ...attributes },
      operation,
    );
    this.#elements(nft.NFT_MSG_NEWSETELEM, NLM_F_CREATE, table, name, elements, operation, id);
  }

  #elements(
    type: number,
    flags: number,
    { family, name: table }: TableName,
    set: string,
    elements: readonly ElementMessage[],
    operation: string,
    setId?: number,
  ): void {
    for (const chunk of chunks(elements)) {
      const value = {
        family: NFPROTO[family],
        table,
        set,
        ...(setId === undefined ? {} : { setId }),
        elements: chunk.elements,
      };
      this.#add(type, flags, elementsMessage, value, operation);
    }
  }

  #add<T>(type: number, flags: number, codec: Codec<T>, value: Partial<T>, operation: string): void {
    this.#queued.push({ type, flags, codec, value, operation });
  }
}

const textOf = ({ family, name }: TableName): string => `table ${family} ${name}`;

/** Calls `encode`, and adds the operation to the message of an EncodeError. */
function withOperation<T>(operation: string, encode: () => T): T {
  try {
    return encode();
  } catch (error) {
    if (error instanceof EncodeError)
      throw new EncodeError(operation.replace(/^(add|delete) /, ''), error.message.replace(/^cannot encode /, ''));
    throw error;
  }
}

function comment(text: string, max: number, operation: string): Uint8Array {
  if (Buffer.byteLength(text) > max) throw new EncodeError(operation, `the comment has more than ${max} bytes`);
  return commentData(text);
}

interface Chunk {
  readonly elements: ElementMessage[];
  bytes: number;
}

/** Splits elements into chunks for one message each, by an upper estimate of their encoded size. */
function chunks(elements: readonly ElementMessage[]): readonly Chunk[] {
  const split: Chunk[] = [];
  let last: Chunk | undefined;
  for (const element of elements) {
    const bytes =
      48 +
      (element.key?.value?.length ?? 0) +
      (element.keyEnd?.value?.length ?? 0) +
      (element.userData?.length ?? 0) +
      (element.data === undefined ? 0 : 64 + (element.data.verdict?.chain?.length ?? 0));
    if (last === undefined || last.bytes + bytes > ELEMENTS_BYTES) split.push((last = { elements: [], bytes: 0 }));
    last.elements.push(element);
    last.bytes += bytes;
  }
  return split;
}
