import { grouped } from '../base/index.ts';
import { ENOENT } from '../ffi/index.ts';
import { DumpInterruptedError, NetlinkError, type NetlinkSocket } from '../netlink/index.ts';
import { attribute, attributes, Bytes, cString, LITTLE_ENDIAN, type Infer } from '../wire/index.ts';
import { decodeBase } from './chain.ts';
import { familyName, NFPROTO } from './families.ts';
import type { ChainState, FlowtableState, NftRuleState, SetState, TableFamily, TableState } from '../state/index.ts';
import { memoized } from './memoized.ts';
import { decodeRule, type DecodeContext, type DecodedRule } from './rule/index.ts';
import * as schema from './constants.ts';
import {
  chain as chainMessage,
  elements as elementsMessage,
  type ElementMessage,
  flowtable as flowtableMessage,
  type FlowtableMessage,
  generation,
  expressionList,
  listedRule,
  rule as ruleMessage,
  set as setMessage,
  type SetMessage,
  table as tableMessage,
} from './schema/index.ts';
import { decodeSet } from './set/index.ts';
import type { TableName } from './transaction.ts';
import { commentOf } from './user-data.ts';
import type { Interfaces } from './words/index.ts';

/** A table without what is in it. */
export interface NamedTable extends TableName {
  readonly comment?: string;
}

/** What is listed, and how it is put in words. */
export interface ListOptions {
  /** Which tables to read; all of them when absent. The kernel is asked for these alone. */
  readonly only?: readonly TableName[];
  /** Indices of the namespace's interfaces by name, to say `iif` and `oif` in words. */
  readonly interfaces?: Interfaces;
}

/** Tables that change during this many readings in a row are being rewritten without pause. */
const ATTEMPTS = 16;

/**
 * The tables of the namespace the socket is in, all of one generation. Elements of sets come in the order of their
 * keys; what rules say is in the words that {@link encodeRule} would be given for them.
 * @throws NetlinkError, DumpInterruptedError
 */
export function listTables(socket: NetlinkSocket, options: ListOptions = {}): TableState[] {
  // Most namespaces have none: one answer, which is of one generation.
  if (tableNames(socket, options).length === 0) return [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = generationOf(socket);
    const tables = readOnce(socket, options);
    if (tables !== undefined && generationOf(socket) === before) return tables;
  }
  throw new DumpInterruptedError('list the nftables', ATTEMPTS);
}

function generationOf(socket: NetlinkSocket): number | undefined {
  const value = { family: 0, version: 0, resourceId: 0 };
  return socket.get(
    { type: schema.NFT_MSG_GETGEN, codec: generation, value, operation: 'read the generation of the nftables' },
    generation,
  ).id;
}

/** The names of all tables, and their comments: nothing of what is in them. @throws NetlinkError */
export function listTableNames(socket: NetlinkSocket): NamedTable[] {
  const request = { type: schema.NFT_MSG_GETTABLE, codec: tableMessage, value: HEADER, operation: 'list the nftables' };
  return socket.dump(request, tableMessage).flatMap(named);
}

/** One table's comment, without what is in it; undefined when there is no such table. @throws NetlinkError */
export function findTable(socket: NetlinkSocket, { family, name }: TableName): NamedTable | undefined {
  const value = { ...HEADER, family: NFPROTO[family], name };
  const operation = `look up table ${family} ${name}`;
  const request = { type: schema.NFT_MSG_GETTABLE, codec: tableMessage, value, operation };
  const found = socket.find(request, tableMessage, ENOENT);
  return found === undefined ? undefined : named(found)[0];
}

function named({ family = 0, name = '', userData }: Partial<Infer<typeof tableMessage>>): NamedTable[] {
  const word = familyName(family);
  const comment = commentOf(userData);
  return word === undefined ? [] : [{ family: word, name, ...(comment === undefined ? {} : { comment }) }];
}

const HEADER = { family: 0, version: 0, resourceId: 0 };

type ChainMessage = Partial<Infer<typeof chainMessage>>;
type RuleMessage = Partial<Infer<typeof listedRule>>;

/** More tables than this are asked for with those of others, which costs less than a question for each. */
const FEW = 8;

function tableNames(socket: NetlinkSocket, { only }: ListOptions): NamedTable[] {
  if (only === undefined) return listTableNames(socket);
  if (only.length <= FEW) return only.flatMap((table) => findTable(socket, table) ?? []);
  const keys = new Set(only.map(keyOf));
  return listTableNames(socket).filter((table) => keys.has(keyOf(table)));
}

/** Reads everything; nothing when something went away in between. */
function readOnce(socket: NetlinkSocket, options: ListOptions): TableState[] | undefined {
  const { only, interfaces = new Map() } = options;
  const tables = tableNames(socket, options);
  try {
    const chains = chainsOf(socket, only);
    // Of all tables with one question each, or of one after the other.
    const all = only === undefined || only.length > FEW ? new Contents(socket, only) : undefined;
    return tables.map((table) =>
      readTable(socket, table, chains.get(keyOf(table)) ?? [], all ?? new Contents(socket, [table]), interfaces),
    );
  } catch (error) {
    // A table or set that went away between two dumps: the generation says so too.
    if (error instanceof NetlinkError && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** What is in tables, but for the elements of sets. */
class Contents {
  readonly rules: ReadonlyMap<string, readonly RuleMessage[]>;
  readonly sets: ReadonlyMap<string, readonly SetMessage[]>;
  readonly flowtables: ReadonlyMap<string, readonly FlowtableMessage[]>;

  /** @param only of these tables; of all in the socket's namespace when absent */
  constructor(socket: NetlinkSocket, only?: readonly TableName[]) {
    const [one] = only?.length === 1 ? only : [];
    const value = one === undefined ? HEADER : { ...HEADER, family: NFPROTO[one.family], table: one.name };
    const where = one === undefined ? '' : ` of table ${one.family} ${one.name}`;
    const isWanted = wantedOf(one === undefined ? only : undefined);
    this.rules = byTable(
      socket.dump(
        { type: schema.NFT_MSG_GETRULE, codec: ruleMessage, value, operation: `list the rules${where}` },
        listedRule,
        isWanted,
      ),
    );
    this.sets = byTable(
      socket.dump(
        { type: schema.NFT_MSG_GETSET, codec: setMessage, value, operation: `list the sets${where}` },
        setMessage,
        isWanted,
      ),
    );
    this.flowtables = byTable(
      socket.dump(
        { type: schema.NFT_MSG_GETFLOWTABLE, codec: flowtableMessage, value, operation: `list the flowtables${where}` },
        flowtableMessage,
        isWanted,
      ),
    );
  }
}

function readTable(
  socket: NetlinkSocket,
  table: NamedTable,
  chains: readonly ChainMessage[],
  contents: Contents,
  interfaces: Interfaces,
): TableState {
  const { family, name, comment } = table;
  const key = keyOf(table);
  const sets = readSets(socket, family, contents.sets.get(key) ?? []);
  const flowtables = contents.flowtables.get(key);
  return {
    family,
    name,
    ...(comment === undefined ? {} : { comment }),
    ...readRules(family, chains, contents.rules.get(key) ?? [], sets, interfaces),
    ...(flowtables !== undefined && { flowtables: Object.fromEntries(flowtables.map(readFlowtable)) }),
  };
}

const byTable = <T extends { readonly family?: number; readonly table?: string }>(
  messages: readonly T[],
): Map<string, T[]> => grouped(messages, ({ family, table }) => `${family} ${table}`);

const keyOf = ({ family, name }: TableName): string => `${NFPROTO[family]} ${name}`;

/** Whatever a message of nf_tables is about, its first attribute is the name of the table. */
const ofTable = attributes('nftables message', { table: attribute(1, cString()) });
/** struct nfgenmsg of linux/netfilter/nfnetlink.h; the family is its first byte. */
const NFGENMSG_SIZE = 4;

/** Whether a message is about one of some tables: others' are passed over before they are decoded. */
function wantedOf(only: readonly TableName[] | undefined): (from: Bytes, start: number, end: number) => boolean {
  if (only === undefined) return () => true;
  const keys = new Set(only.map(keyOf));
  return (from, start, end) => {
    const name = start + NFGENMSG_SIZE;
    const past = Math.min(end, name + from.view.getUint16(name, LITTLE_ENDIAN));
    return keys.has(`${from.u8[start]} ${ofTable.read(from, name, past).table}`);
  };
}

/** The chains of some tables. The kernel lists those of all. */
function chainsOf(socket: NetlinkSocket, only: readonly TableName[] | undefined): Map<string, ChainMessage[]> {
  const request = { type: schema.NFT_MSG_GETCHAIN, codec: chainMessage, value: HEADER, operation: 'list the chains' };
  return byTable(socket.dump(request, chainMessage, wantedOf(only)));
}

const readFlowtable = ({ name = '', hook }: FlowtableMessage): [string, FlowtableState] => [
  name,
  { hook: 'ingress', priority: hook?.priority ?? 0, devices: (hook?.devices ?? []).toSorted() },
];

interface FoundSet {
  readonly name: string;
  readonly anonymous: boolean;
  readonly set: SetState;
}

function readSets(socket: NetlinkSocket, family: TableFamily, messages: readonly SetMessage[]): readonly FoundSet[] {
  return messages.map((message) => {
    const { table = '', name = '' } = message;
    return {
      name,
      anonymous: ((message.flags ?? 0) & schema.NFT_SET_ANONYMOUS) !== 0,
      set: decodeSet(
        message,
        // What packets add comes and goes, and is no part of what a table says.
        ((message.flags ?? 0) & schema.NFT_SET_EVAL) !== 0
          ? []
          : readElements(socket, message, `list the elements of set ${name} of table ${family} ${table}`),
      ),
    };
  });
}

/** Sets whose elements are kept by hash and come and go with transactions alone. */
const UNSTEADY = schema.NFT_SET_INTERVAL | schema.NFT_SET_TIMEOUT | schema.NFT_SET_EVAL;

/**
 * A set's elements. While the kernel moves a set that has grown to a larger hash table, a dump skips some and repeats
 * others, and nothing in it says so: they are counted, and the dump made again, a little later, when some are missing.
 */
function readElements(socket: NetlinkSocket, message: SetMessage, operation: string): readonly ElementMessage[] {
  const { family = 0, table = '', name = '', flags = 0, count = 0 } = message;
  const expected = (flags & UNSTEADY) === 0 ? count : 0;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, attempt);
    const value = { family, table, set: name };
    const dumped = socket.dump(
      { type: schema.NFT_MSG_GETSETELEM, codec: elementsMessage, value, operation },
      elementsMessage,
    );
    const elements =
      (flags & schema.NFT_SET_INTERVAL) === 0
        ? distinct(dumped.flatMap((one) => one.elements ?? []))
        : dumped.flatMap((one) => one.elements ?? []);
    if (elements.length >= expected) return elements;
  }
  throw new DumpInterruptedError(operation, ATTEMPTS);
}

function distinct(elements: readonly ElementMessage[]): readonly ElementMessage[] {
  const found = new Map<string, ElementMessage>();
  for (const element of elements) found.set(Buffer.from(element.key?.value ?? []).toString('latin1'), element);
  return [...found.values()];
}

function readRules(
  family: TableFamily,
  chains: readonly ChainMessage[],
  rules: readonly RuleMessage[],
  found: readonly FoundSet[],
  interfaces: Interfaces,
): Pick<TableState, 'chains' | 'sets'> {
  const anonymous = new Map(found.filter((set) => set.anonymous).map(({ name, set }) => [name, set]));
  const sets: Record<string, SetState> = Object.fromEntries(
    found.filter((set) => !set.anonymous).map(({ name, set }) => [name, set]),
  );
  const folded = new Set<string>();
  const byChain = new Map<string, NftRuleState[]>(chains.map(({ name = '' }) => [name, []]));
  for (const { chain = '', expressions, userData } of rules) {
    const decoded = inWords(family, expressions, { anonymous, sets, interfaces });
    for (const name of decoded.folded) folded.add(name);
    const comment = commentOf(userData);
    byChain.get(chain)?.push({ statements: decoded.statements, ...(comment === undefined ? {} : { comment }) });
  }
  // An anonymous set that its rule could not take in stays, under the kernel's name for it.
  for (const [name, set] of anonymous) if (!folded.has(name)) sets[name] = set;
  return {
    chains: Object.fromEntries(chains.map((message) => [message.name ?? '', chainState(family, message, byChain)])),
    sets,
  };
}

/** Rules in words, by their bytes. */
const known = new Map<string, DecodedRule>();
/** Expressions that are about sets, whatever those hold, and those that count. */
const VARYING = new Set(['lookup', 'dynset', 'objref', 'flow_offload', 'counter', 'quota']);

function inWords(family: TableFamily, bytes: Uint8Array = new Uint8Array(), context: DecodeContext): DecodedRule {
  const text = `${family} ${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')}`;
  const before = context.interfaces?.size === 0 ? known.get(text) : undefined;
  if (before !== undefined) return before;
  const expressions = expressionList.read(new Bytes(bytes), 0, bytes.length);
  const decode = (): DecodedRule => decodeRule(family, expressions, context);
  const varies = context.interfaces?.size !== 0 || expressions.some(({ name = '' }) => VARYING.has(name));
  return varies ? decode() : memoized(known, text, decode);
}

function chainState(
  family: TableFamily,
  message: ChainMessage,
  rules: ReadonlyMap<string, NftRuleState[]>,
): ChainState {
  const base = decodeBase(family, message);
  return { ...(base === undefined ? {} : { base }), rules: rules.get(message.name ?? '') ?? [] };
}
