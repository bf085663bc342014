import { NetlinkError, type NetlinkSocket } from '../../netlink/index.ts';
import { NFPROTO } from '../families.ts';
import type { SetElement, TableFamily } from '../../state/index.ts';
import * as nft from '../constants.ts';
import { elements as elementsMessage, set as setMessage } from '../schema/index.ts';
import { decodeSet } from './decode.ts';

/** An element of a set to which packets add elements (flag `dynamic`). */
export interface LiveElement extends SetElement {
  /** Seconds until the element expires, unless a packet updates it. */
  readonly expires?: number;
}

/**
 * Lists the elements of a set with their expiration, in no order. {@link listTables} leaves out elements that packets
 * add. An element that is added or deleted during the dump can be in the list or not.
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
      { type: nft.NFT_MSG_GETSET, codec: setMessage, value: { ...header, name }, operation },
      setMessage,
    );
    const dumped = socket.dump(
      { type: nft.NFT_MSG_GETSETELEM, codec: elementsMessage, value: { ...header, set: name }, operation },
      elementsMessage,
    );
    return dumped.flatMap(({ elements = [] }) =>
      elements.flatMap((element) =>
        decodeSet(set, [element]).elements.map((decoded) => ({
          ...decoded,
          ...(element.expiration === undefined ? {} : { expires: Number(element.expiration) / 1000 }),
        })),
      ),
    );
  } catch (error) {
    if (error instanceof NetlinkError && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
