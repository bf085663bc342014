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
import * as schema from './constants.ts';
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
import type { Interfaces } from './words/index.ts';

/** Which table is meant. A {@link TableState} is one. */
export interface TableName {
  readonly family: TableFamily;
  readonly name: string;
}

/** How rules are read that name interfaces. */
export interface TransactionOptions {
  /** Indices of the namespace's interfaces by name, for rules with `iif` and `oif`. */
  readonly interfaces?: Interfaces;
}

interface Queued {
  readonly type: number;
  readonly flags: number;
  readonly codec: AnyCodec;
  readonly value: unknown;
  readonly operation: string;
}

/** Anonymous sets keep the kernel's name for them when a rule that stays raw refers to it. */
const ANONYMOUS = /^__(set|map)[0-9]+$/;

/** What a table's, chain's or set's user data can hold of a comment: a length of one byte, and a NUL. */
const LONGEST_COMMENT = 254;

/** Elements go into messages of about this size: an attribute's length has 16 bits. */
const ELEMENTS_BYTES = 32 * 1024;

/** The hook of flowtables (linux/netfilter.h). */
const NF_NETDEV_INGRESS = 0;

/**
 * Changes to tables that the kernel makes all at once or not at all. What is to be changed is gathered here and sent by
 * {@link commit} as one batch. A transaction is good for one commit.
 */
export class Transaction {
  readonly #interfaces: Interfaces;
  readonly #queued: Queued[] = [];
  readonly #ruleCounts = new Map<string, number>();
  #lastSetId = 0;

  constructor({ interfaces = new Map() }: TransactionOptions = {}) {
    this.#interfaces = interfaces;
  }

  /** How many messages wait. */
  get length(): number {
    return this.#queued.length;
  }

  /** Adds a table and all that is in it; one of that name must not exist. @throws EncodeError as {@link addRule} */
  addTable(table: TableState): void {
    this.#makeTable(table, NLM_F_CREATE | NLM_F_EXCL);
    // In the order in which they refer to each other: rules look into sets, and verdict maps jump to chains.
    for (const [name, flowtable] of Object.entries(table.flowtables ?? {})) this.addFlowtable(table, name, flowtable);
    for (const [name, chain] of Object.entries(table.chains)) this.addChain(table, name, chain);
    for (const [name, set] of Object.entries(table.sets)) this.addSet(table, name, set);
    for (const [name, { rules }] of Object.entries(table.chains))
      for (const rule of rules) this.addRule(table, name, rule);
  }

  /** Deletes a table and all that is in it. */
  deleteTable(family: TableFamily, name: string): void {
    this.#add(
      schema.NFT_MSG_DELTABLE,
      0,
      tableMessage,
      { family: NFPROTO[family], name },
      `delete table ${family} ${name}`,
    );
  }

  /** Deletes a table if there is one. */
  deleteTableIfExists(family: TableFamily, name: string): void {
    // As nft does: NFT_MSG_DESTROYTABLE needs Linux 6.3, and adding a table that exists changes nothing.
    this.#add(
      schema.NFT_MSG_NEWTABLE,
      NLM_F_CREATE,
      tableMessage,
      { family: NFPROTO[family], name },
      `add table ${family} ${name}`,
    );
    this.deleteTable(family, name);
  }

  /** Puts a table in the place of whatever has its name: packets meet the old one or the new one whole. */
  replaceTable(table: TableState): void {
    this.deleteTableIfExists(table.family, table.name);
    this.addTable(table);
  }

  /** Adds an empty chain; the rules of `chain` are for {@link addRule}. */
  addChain(table: TableName, name: string, { base }: Pick<ChainState, 'base'>): void {
    const value = {
      family: NFPROTO[table.family],
      table: table.name,
      name,
      ...(base === undefined ? {} : encodeBase(table.family, base)),
    };
    this.#add(schema.NFT_MSG_NEWCHAIN, NLM_F_CREATE, chainMessage, value, `add chain ${name} to ${of(table)}`);
  }

  /** Deletes a chain with its rules. Nothing may jump to it. */
  deleteChain(table: TableName, name: string): void {
    const value = { family: NFPROTO[table.family], table: table.name, name };
    this.#add(schema.NFT_MSG_DELCHAIN, 0, chainMessage, value, `delete chain ${name} of ${of(table)}`);
  }

  /** Deletes a chain's rules. */
  flushChain(table: TableName, name: string): void {
    const value = { family: NFPROTO[table.family], table: table.name, chain: name };
    this.#add(schema.NFT_MSG_DELRULE, 0, ruleMessage, value, `delete the rules of chain ${name} of ${of(table)}`);
  }

  /**
   * Adds a rule at the end of a chain.
   * @param table when it has the description of its sets, lookups in sets of ranges are written as those need
   * @throws EncodeError when a word is none, or the rule could match no packet
   */
  addRule(table: TableName & { readonly sets?: TableState['sets'] }, chain: string, rule: NftRuleState): void {
    const key = `${table.family} ${table.name} ${chain}`;
    const number = (this.#ruleCounts.get(key) ?? 0) + 1;
    this.#ruleCounts.set(key, number);
    const operation = `add rule ${number} to chain ${chain} of ${of(table)}`;
    const { expressions, sets } = naming(operation, () =>
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
    this.#add(schema.NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, ruleMessage, value, operation);
  }

  /** Adds a set or a map with its elements. */
  addSet(table: TableName, name: string, set: SetState): void {
    const operation = `add ${set.value === undefined ? 'set' : 'map'} ${name} to ${of(table)}`;
    this.#addSet(table, name, set, { id: ++this.#lastSetId, anonymous: ANONYMOUS.test(name), operation });
  }

  /** Adds a flowtable, on interfaces that exist. */
  addFlowtable(table: TableName, name: string, { priority, devices }: FlowtableState): void {
    const value = {
      family: NFPROTO[table.family],
      table: table.name,
      name,
      hook: { number: NF_NETDEV_INGRESS, priority, devices: [...devices] },
    };
    this.#add(
      schema.NFT_MSG_NEWFLOWTABLE,
      NLM_F_CREATE,
      flowtableMessage,
      value,
      `add flowtable ${name} to ${of(table)}`,
    );
  }

  /** Deletes a flowtable, which no rule may use. */
  deleteFlowtable(table: TableName, name: string): void {
    const value = { family: NFPROTO[table.family], table: table.name, name };
    this.#add(schema.NFT_MSG_DELFLOWTABLE, 0, flowtableMessage, value, `delete flowtable ${name} of ${of(table)}`);
  }

  /** Deletes a set or a map with its elements, which no rule may use. */
  deleteSet(table: TableName, name: string): void {
    const value = { family: NFPROTO[table.family], table: table.name, name };
    this.#add(schema.NFT_MSG_DELSET, 0, setMessage, value, `delete set ${name} of ${of(table)}`);
  }

  /** Adds elements to a set that exists. `set` describes it; the elements in it are not looked at. */
  addElements(table: TableName, name: string, set: SetState, elements: readonly SetElement[]): void {
    const operation = `add elements to set ${name} of ${of(table)}`;
    this.#elements(
      schema.NFT_MSG_NEWSETELEM,
      NLM_F_CREATE,
      table,
      name,
      naming(operation, () => encodeElements(set, elements)),
      operation,
    );
  }

  /** Deletes elements of a set. `set` describes it. */
  deleteElements(table: TableName, name: string, set: SetState, elements: readonly SetElement[]): void {
    const operation = `delete elements of set ${name} of ${of(table)}`;
    const encoded = naming(operation, () => encodeElements(set, elements, { firstEnd: false }));
    this.#elements(schema.NFT_MSG_DELSETELEM, 0, table, name, encoded, operation);
  }

  /** Deletes all elements of a set. */
  flushSet(table: TableName, name: string): void {
    const value = { family: NFPROTO[table.family], table: table.name, set: name };
    this.#add(
      schema.NFT_MSG_DELSETELEM,
      0,
      elementsMessage,
      value,
      `delete the elements of set ${name} of ${of(table)}`,
    );
  }

  /**
   * Makes the changes.
   * @param socket of NETLINK_NETFILTER, in the namespace that is to be changed
   * @throws NetlinkError that names the change which failed; then none was made
   */
  commit(socket: NetlinkSocket): void {
    const queued = this.#queued.splice(0);
    this.#ruleCounts.clear();
    if (queued.length === 0) return;
    const batch = socket.batch({ split: false });
    const mark = { family: 0, version: 0, resourceId: schema.BATCH_RESOURCE };
    batch.add(schema.NFNL_MSG_BATCH_BEGIN, 0, batchMark, mark, 'change the nftables');
    for (const { type, flags, codec, value, operation } of queued) batch.add(type, flags, codec, value, operation);
    batch.add(schema.NFNL_MSG_BATCH_END, 0, batchMark, mark, 'change the nftables');
    batch.send(queued.length);
  }

  #makeTable(table: TableState, flags: number): void {
    const operation = `add ${of(table)}`;
    const value = {
      family: NFPROTO[table.family],
      name: table.name,
      ...(table.comment === undefined ? {} : { userData: comment(table.comment, LONGEST_COMMENT, operation) }),
    };
    this.#add(schema.NFT_MSG_NEWTABLE, flags, tableMessage, value, operation);
  }

  #addSet(
    table: TableName,
    name: string,
    set: SetState,
    { id, anonymous, operation }: { id: number; anonymous: boolean; operation: string },
  ): void {
    const elements = naming(operation, () => encodeElements(set, set.elements, { anonymous }));
    const attributes = naming(operation, () => encodeSet(set, elements.length, { id, anonymous }));
    this.#add(
      schema.NFT_MSG_NEWSET,
      NLM_F_CREATE,
      setMessage,
      { family: NFPROTO[table.family], table: table.name, name, ...attributes },
      operation,
    );
    this.#elements(schema.NFT_MSG_NEWSETELEM, NLM_F_CREATE, table, name, elements, operation, id);
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

const of = ({ family, name }: TableName): string => `table ${family} ${name}`;

/** Runs `encode`; what it cannot encode is said to belong to `operation`. */
function naming<T>(operation: string, encode: () => T): T {
  try {
    return encode();
  } catch (error) {
    if (error instanceof EncodeError)
      throw new EncodeError(operation.replace(/^(add|delete) /, ''), error.message.replace(/^cannot encode /, ''));
    throw error;
  }
}

function comment(text: string, longest: number, operation: string): Uint8Array {
  if (Buffer.byteLength(text) > longest) throw new EncodeError(operation, `the comment has more than ${longest} bytes`);
  return commentData(text);
}

interface Chunk {
  readonly elements: ElementMessage[];
  bytes: number;
}

function chunks(elements: readonly ElementMessage[]): readonly Chunk[] {
  const found: Chunk[] = [];
  let last: Chunk | undefined;
  for (const element of elements) {
    const bytes =
      48 +
      (element.key?.value?.length ?? 0) +
      (element.keyEnd?.value?.length ?? 0) +
      (element.userData?.length ?? 0) +
      (element.data === undefined ? 0 : 64 + (element.data.verdict?.chain?.length ?? 0));
    if (last === undefined || last.bytes + bytes > ELEMENTS_BYTES) found.push((last = { elements: [], bytes: 0 }));
    last.elements.push(element);
    last.bytes += bytes;
  }
  return found;
}
