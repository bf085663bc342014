import { ENOENT } from '../ffi/index.ts';
import type { NetlinkSocket } from '../netlink/index.ts';
import type { SetElement, SetState } from '../state/index.ts';
import { NFPROTO } from './families.ts';
import { NFT_MSG_GETSET, NFT_MSG_GETSETELEM } from './constants.ts';
import { elements as elementsMessage, set as setMessage } from './schema/index.ts';
import { decodeSet, encodeElements, encodeSet } from './set/index.ts';
import type { TableName } from './transaction.ts';

/** True if a table has a set or map of this name. Does not list its elements. @throws NetlinkError */
export function hasSet(socket: NetlinkSocket, { family, name: table }: TableName, name: string): boolean {
  const value = { family: NFPROTO[family], version: 0, resourceId: 0, table, name };
  const operation = `look for set ${name} of table ${family} ${table}`;
  return socket.find({ type: NFT_MSG_GETSET, codec: setMessage, value, operation }, setMessage, ENOENT) !== undefined;
}

/**
 * Returns one element of a set or a map by its key, without listing the others (`nft get element`).
 * @param set the definition of the set, without the flag `interval`; its elements are ignored
 * @returns undefined when there is no such element, set or table
 * @throws NetlinkError, EncodeError
 */
export function findElement(
  socket: NetlinkSocket,
  table: TableName,
  name: string,
  set: SetState,
  key: SetElement['key'],
): SetElement | undefined {
  const { value: _, ...keys } = set;
  const value = {
    family: NFPROTO[table.family],
    version: 0,
    resourceId: 0,
    table: table.name,
    set: name,
    elements: encodeElements(keys, [{ key }]),
  };
  const operation = `look into set ${name} of table ${table.family} ${table.name}`;
  const request = { type: NFT_MSG_GETSETELEM, codec: elementsMessage, value, operation };
  const reply = socket.find(request, elementsMessage, ENOENT);
  if (reply === undefined) return undefined;
  return decodeSet(encodeSet(set, 0, { id: 1 }), reply.elements ?? []).elements[0];
}
