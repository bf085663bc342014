import { NetlinkError, type NetlinkSocket } from '../../netlink/index.ts';
import { NFPROTO } from '../families.ts';
import type { SetElement, TableFamily } from '../../state/index.ts';
import * as schema from '../constants.ts';
import { elements as elementsMessage, set as setMessage } from '../schema/index.ts';
import { decodeSet } from './decode.ts';

/** An element of a set that packets add to. */
export interface LiveElement extends SetElement {
  /** Seconds until it is forgotten, unless a packet comes. */
  readonly expires?: number;
}

/**
 * What packets have put into a set, in no order: `listTables` tells of none of it. Elements that come or go meanwhile may be
 * in or not.
 * @returns undefined when there is no such set
 * @throws NetlinkError
 */
export function listElements(
  socket: NetlinkSocket,
  family: TableFamily,
  table: string,
  name: string,
): LiveElement[] | undefined {
  const header = { family: NFPROTO[family], version: 0, resourceId: 0, table };
  const operation = `list the elements of set ${name} of table ${family} ${table}`;
  try {
    const set = socket.get(
      { type: schema.NFT_MSG_GETSET, codec: setMessage, value: { ...header, name }, operation },
      setMessage,
    );
    const dumped = socket.dump(
      { type: schema.NFT_MSG_GETSETELEM, codec: elementsMessage, value: { ...header, set: name }, operation },
      elementsMessage,
    );
    return dumped.flatMap(({ elements = [] }) =>
      elements.flatMap((element) =>
        decodeSet(set, [element]).elements.map((found) => ({
          ...found,
          ...(element.expiration === undefined ? {} : { expires: Number(element.expiration) / 1000 }),
        })),
      ),
    );
  } catch (error) {
    if (error instanceof NetlinkError && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
