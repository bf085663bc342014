import { grouped } from '../base/index.ts';
import { ENOENT } from '../ffi/index.ts';
import { DumpInterruptedError, NetlinkError, type NetlinkSocket } from '../netlink/index.ts';
import { attribute, attributes, Bytes, cString, LITTLE_ENDIAN, type Infer } from '../wire/index.ts';
import { decodeBase } from './chain.ts';
import { familyName, NFPROTO } from './families.ts';
import type { ChainState, FlowtableState, NftRuleState, SetState, TableFamily, TableState } from '../state/index.ts';
import { memoized } from './memoized.ts';
import { decodeRule, type DecodeContext, type DecodedRule } from './rule/index.ts';
import * as nft from './constants.ts';
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
import type { Interfaces } from './datatypes/index.ts';

/** A table without its content. */
export interface NamedTable extends TableName {
  readonly comment?: string;
}

/** Which tables to list, and how to decode their rules. */
export interface ListOptions {
  /** The tables to read; all when absent. */
  readonly only?: readonly TableName[];
  /** The indices of the namespace's interfaces by name, to decode `iif` and `oif`. Absent, only `lo` has a name. */
  readonly interfaces?: Interfaces;
}

/** After this many interrupted attempts in a row, the tables change all the time: give up. */
const ATTEMPTS = 16;

/**
 * Lists the tables of the socket's namespace, all of one ruleset generation. Set elements are sorted by key, and rules
 * have the statements from which {@link encodeRule} makes the same expressions.
 * @throws NetlinkError
 * @throws DumpInterruptedError when the ruleset changed during each of 16 attempts
 */
export function listTables(socket: NetlinkSocket, options: ListOptions = {}): TableState[] {
  // Most namespaces have no tables. A single dump needs no check of the generation.
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
    { type: nft.NFT_MSG_GETGEN, codec: generation, value, operation: 'read the generation of the nftables' },
    generation,
  ).id;
}

/** Lists the names and comments of all tables, without their content. @throws NetlinkError */
export function listTableNames(socket: NetlinkSocket): NamedTable[] {
  const request = { type: nft.NFT_MSG_GETTABLE, codec: tableMessage, value: HEADER, operation: 'list the nftables' };
  return socket.dump(request, tableMessage).flatMap(namedTable);
}

/** Returns a table's name and comment, without its content; undefined when it does not exist. @throws NetlinkError */
export function findTable(socket: NetlinkSocket, { family, name }: TableName): NamedTable | undefined {
  const value = { ...HEADER, family: NFPROTO[family], name };
  const operation = `look up table ${family} ${name}`;
  const request = { type: nft.NFT_MSG_GETTABLE, codec: tableMessage, value, operation };
  const message = socket.find(request, tableMessage, ENOENT);
  return message === undefined ? undefined : namedTable(message)[0];
}

/** Returns an array with the table, or an empty one when its family is unknown. */
function namedTable({ family: number = 0, name = '', userData }: Partial<Infer<typeof tableMessage>>): NamedTable[] {
  const family = familyName(number);
  const comment = commentOf(userData);
  return family === undefined ? [] : [{ family, name, ...(comment === undefined ? {} : { comment }) }];
}

const HEADER = { family: 0, version: 0, resourceId: 0 };

type ChainMessage = Partial<Infer<typeof chainMessage>>;
type RuleMessage = Partial<Infer<typeof listedRule>>;

/** Up to this many tables are requested one by one. For more, a dump of all tables costs less. */
const FEW = 8;

function tableNames(socket: NetlinkSocket, { only }: ListOptions): NamedTable[] {
  if (only === undefined) return listTableNames(socket);
  if (only.length <= FEW) return only.flatMap((table) => findTable(socket, table) ?? []);
  const keys = new Set(only.map(keyOf));
  return listTableNames(socket).filter((table) => keys.has(keyOf(table)));
}

/** Reads the tables; returns undefined when a table or set was deleted meanwhile. */
function readOnce(socket: NetlinkSocket, options: ListOptions): TableState[] | undefined {
  const { only, interfaces = new Map() } = options;
  const tables = tableNames(socket, options);
  try {
    const chains = chainsOf(socket, only);
    // One dump for all tables, or one for each table.
    const all = only === undefined || only.length > FEW ? new Contents(socket, only) : undefined;
    return tables.map((table) =>
      readTable(socket, table, chains.get(keyOf(table)) ?? [], all ?? new Contents(socket, [table]), interfaces),
    );
  } catch (error) {
    // A table or set was deleted between two dumps: the generation has changed.
    if (error instanceof NetlinkError && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The rules, sets and flowtables of some tables, without set elements. */
class Contents {
  readonly rules: ReadonlyMap<string, readonly RuleMessage[]>;
  readonly sets: ReadonlyMap<string, readonly SetMessage[]>;
  readonly flowtables: ReadonlyMap<string, readonly FlowtableMessage[]>;

  /** @param only the tables; all of the socket's namespace when absent */
  constructor(socket: NetlinkSocket, only?: readonly TableName[]) {
    const [single] = only?.length === 1 ? only : [];
    const value = single === undefined ? HEADER : { ...HEADER, family: NFPROTO[single.family], table: single.name };
    const where = single === undefined ? '' : ` of table ${single.family} ${single.name}`;
    const isWanted = filterOf(single === undefined ? only : undefined);
    this.rules = byTable(
      socket.dump(
        { type: nft.NFT_MSG_GETRULE, codec: ruleMessage, value, operation: `list the rules${where}` },
        listedRule,
        isWanted,
      ),
    );
    this.sets = byTable(
      socket.dump(
        { type: nft.NFT_MSG_GETSET, codec: setMessage, value, operation: `list the sets${where}` },
        setMessage,
        isWanted,
      ),
    );
    this.flowtables = byTable(
      socket.dump(
        { type: nft.NFT_MSG_GETFLOWTABLE, codec: flowtableMessage, value, operation: `list the flowtables${where}` },
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

/** The first attribute of every nf_tables message is the name of the table. */
const tableAttribute = attributes('nftables message', { table: attribute(1, cString()) });
/** struct nfgenmsg of linux/netfilter/nfnetlink.h; the family is its first byte. */
const NFGENMSG_SIZE = 4;

/** Returns a filter for {@link NetlinkSocket.dump} that skips messages of other tables before they are decoded. */
function filterOf(only: readonly TableName[] | undefined): (from: Bytes, start: number, end: number) => boolean {
  if (only === undefined) return () => true;
  const keys = new Set(only.map(keyOf));
  return (from, start, end) => {
    const name = start + NFGENMSG_SIZE;
    const nameEnd = Math.min(end, name + from.view.getUint16(name, LITTLE_ENDIAN));
    return keys.has(`${from.u8[start]} ${tableAttribute.read(from, name, nameEnd).table}`);
  };
}

/** Lists the chains of some tables. The kernel cannot filter them by table. */
function chainsOf(socket: NetlinkSocket, only: readonly TableName[] | undefined): Map<string, ChainMessage[]> {
  const request = { type: nft.NFT_MSG_GETCHAIN, codec: chainMessage, value: HEADER, operation: 'list the chains' };
  return byTable(socket.dump(request, chainMessage, filterOf(only)));
}

const readFlowtable = ({ name = '', hook }: FlowtableMessage): [string, FlowtableState] => [
  name,
  { hook: 'ingress', priority: hook?.priority ?? 0, devices: (hook?.devices ?? []).toSorted() },
];

interface ListedSet {
  readonly name: string;
  readonly anonymous: boolean;
  readonly set: SetState;
}

function readSets(socket: NetlinkSocket, family: TableFamily, messages: readonly SetMessage[]): readonly ListedSet[] {
  return messages.map((message) => {
    const { table = '', name = '' } = message;
    return {
      name,
      anonymous: ((message.flags ?? 0) & nft.NFT_SET_ANONYMOUS) !== 0,
      set: decodeSet(
        message,
        // Elements that packets add (flag `dynamic`) are no part of the table's definition.
        ((message.flags ?? 0) & nft.NFT_SET_EVAL) !== 0
          ? []
          : readElements(socket, message, `list the elements of set ${name} of table ${family} ${table}`),
      ),
    };
  });
}

/** Flags of sets whose elements are not in a hash table, or change without a transaction. */
const NOT_COUNTED = nft.NFT_SET_INTERVAL | nft.NFT_SET_TIMEOUT | nft.NFT_SET_EVAL;

/**
 * Lists the elements of a set. While the kernel moves a grown set to a larger hash table, a dump skips some elements
 * and repeats others, without NLM_F_DUMP_INTR. So the elements are counted, and when some are missing the dump is
 * repeated after a short wait.
 */
function readElements(socket: NetlinkSocket, message: SetMessage, operation: string): readonly ElementMessage[] {
  const { family = 0, table = '', name = '', flags = 0, count = 0 } = message;
  const expected = (flags & NOT_COUNTED) === 0 ? count : 0;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, attempt);
    const value = { family, table, set: name };
    const dumped = socket.dump(
      { type: nft.NFT_MSG_GETSETELEM, codec: elementsMessage, value, operation },
      elementsMessage,
    );
    const elements =
      (flags & nft.NFT_SET_INTERVAL) === 0
        ? distinct(dumped.flatMap((part) => part.elements ?? []))
        : dumped.flatMap((part) => part.elements ?? []);
    if (elements.length >= expected) return elements;
  }
  throw new DumpInterruptedError(operation, ATTEMPTS);
}

function distinct(elements: readonly ElementMessage[]): readonly ElementMessage[] {
  const byKey = new Map<string, ElementMessage>();
  for (const element of elements) byKey.set(Buffer.from(element.key?.value ?? []).toString('latin1'), element);
  return [...byKey.values()];
}

function readRules(
  family: TableFamily,
  chains: readonly ChainMessage[],
  rules: readonly RuleMessage[],
  listed: readonly ListedSet[],
  interfaces: Interfaces,
): Pick<TableState, 'chains' | 'sets'> {
  const anonymous = new Map(listed.filter((set) => set.anonymous).map(({ name, set }) => [name, set]));
  const sets: Record<string, SetState> = Object.fromEntries(
    listed.filter((set) => !set.anonymous).map(({ name, set }) => [name, set]),
  );
  const folded = new Set<string>();
  const byChain = new Map<string, NftRuleState[]>(chains.map(({ name = '' }) => [name, []]));
  for (const { chain = '', expressions, userData } of rules) {
    const decoded = decodeListedRule(family, expressions, { anonymous, sets, interfaces });
    for (const name of decoded.folded) folded.add(name);
    const comment = commentOf(userData);
    byChain.get(chain)?.push({ statements: decoded.statements, ...(comment === undefined ? {} : { comment }) });
  }
  // An anonymous set that a rule could not inline stays a set, with the name from the kernel.
  for (const [name, set] of anonymous) if (!folded.has(name)) sets[name] = set;
  return {
    chains: Object.fromEntries(chains.map((message) => [message.name ?? '', chainState(family, message, byChain)])),
    sets,
  };
}

/** Decoded rules by their bytes. */
const decodedRules = new Map<string, DecodedRule>();
/** Rules with these expressions are not cached: they refer to objects of their table, or contain counters. */
const NOT_CACHED = new Set(['lookup', 'dynset', 'objref', 'flow_offload', 'counter', 'quota']);

function decodeListedRule(
  family: TableFamily,
  bytes: Uint8Array = new Uint8Array(),
  context: DecodeContext,
): DecodedRule {
  const key = `${family} ${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')}`;
  const cached = context.interfaces?.size === 0 ? decodedRules.get(key) : undefined;
  if (cached !== undefined) return cached;
  const expressions = expressionList.read(new Bytes(bytes), 0, bytes.length);
  const decode = (): DecodedRule => decodeRule(family, expressions, context);
  const notCached = context.interfaces?.size !== 0 || expressions.some(({ name = '' }) => NOT_CACHED.has(name));
  return notCached ? decode() : memoized(decodedRules, key, decode);
}

function chainState(
  family: TableFamily,
  message: ChainMessage,
  rules: ReadonlyMap<string, NftRuleState[]>,
): ChainState {
  const base = decodeBase(family, message);
  return { ...(base === undefined ? {} : { base }), rules: rules.get(message.name ?? '') ?? [] };
}
