import type { NetlinkSocket } from '../netlink/index.ts';
import type { ChainState } from '../state/index.ts';
import { decodeBase } from './chain.ts';
import { NFT_MSG_GETCHAIN, NFT_MSG_GETRULE } from './constants.ts';
import { familyName, NFPROTO } from './families.ts';
import { chain as chainMessage, rule as ruleMessage } from './schema/index.ts';
import type { TableName } from './transaction.ts';

type Base = NonNullable<ChainState['base']>;

/** A chain without its rules. */
export interface NamedChain {
  readonly table: TableName;
  readonly name: string;
  /** The hook of a base chain; absent for a regular chain. */
  readonly base?: Base;
}

const HEADER = { family: 0, version: 0, resourceId: 0 };

/** Lists the chains of all tables, without their rules. @throws NetlinkError */
export function listChains(socket: NetlinkSocket): NamedChain[] {
  const request = { type: NFT_MSG_GETCHAIN, codec: chainMessage, value: HEADER, operation: 'list the chains' };
  return socket.dump(request, chainMessage).flatMap((message) => {
    const family = familyName(message.family ?? 0);
    if (family === undefined) return [];
    const base = decodeBase(family, message);
    const table = { family, name: message.table ?? '' };
    return [{ table, name: message.name ?? '', ...(base === undefined ? {} : { base }) }];
  });
}

/** Lists the base chains of all tables. @throws NetlinkError */
export function listBaseChains(socket: NetlinkSocket): { readonly table: TableName; readonly base: Base }[] {
  return listChains(socket).flatMap(({ table, base }) => (base === undefined ? [] : [{ table, base }]));
}

/**
 * True if a rule of a table contains a text, such as the name of an interface or a comment. Searches the rules' bytes
 * without decoding them, which is much faster than listing them.
 * @throws NetlinkError
 */
export function rulesMention(socket: NetlinkSocket, { family, name }: TableName, text: string): boolean {
  let found = false;
  const value = { ...HEADER, family: NFPROTO[family], table: name };
  socket.dumpRaw(
    { type: NFT_MSG_GETRULE, codec: ruleMessage, value, operation: `list the rules of table ${name}` },
    (from, start, end) => {
      found ||= Buffer.from(from.u8.buffer, from.u8.byteOffset + start, end - start).includes(text);
    },
    () => {
      found = false;
    },
  );
  return found;
}
