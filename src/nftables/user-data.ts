// What nft keeps in the kernel for itself: attributes of one byte of type and one of length (libnftnl's udata.h).

/** At most this many bytes of a comment: NFTNL_UDATA_COMMENT_MAXLEN. */
export const MAX_COMMENT = 128;

/** NFTNL_UDATA_TABLE_COMMENT and _RULE_COMMENT. */
const COMMENT = 0;
/** NFTNL_UDATA_SET_KEYBYTEORDER, _DATABYTEORDER and _DATA_INTERVAL. */
export const KEY_BYTE_ORDER = 0;
export const DATA_BYTE_ORDER = 1;
/** NFTNL_UDATA_SET_ELEM_FLAGS. */
export const ELEMENT_FLAGS = 1;
/** An interval without an end, in an element's flags: NFTNL_SET_ELEM_F_INTERVAL_OPEN. */
export const INTERVAL_OPEN = 1;

export interface UserDatum {
  readonly type: number;
  readonly value: Uint8Array;
}

export function writeUserData(data: readonly UserDatum[]): Uint8Array {
  return new Uint8Array(Buffer.concat(data.flatMap(({ type, value }) => [Uint8Array.of(type, value.length), value])));
}

/** Reads user data; what other programs keep there in another form reads as nothing. */
export function readUserData(bytes: Uint8Array): readonly UserDatum[] {
  const found: UserDatum[] = [];
  let at = 0;
  while (at + 2 <= bytes.length) {
    const end = at + 2 + bytes[at + 1]!;
    if (end > bytes.length) return [];
    found.push({ type: bytes[at]!, value: bytes.slice(at + 2, end) });
    at = end;
  }
  return at === bytes.length ? found : [];
}

/** The four bytes of a number in the host's order, as nft keeps numbers there. */
export const userNumber = (type: number, value: number): UserDatum => ({
  type,
  value: new Uint8Array(Uint32Array.of(value).buffer),
});

export const commentData = (comment: string): Uint8Array =>
  writeUserData([{ type: COMMENT, value: Buffer.from(`${comment}\0`) }]);

export function commentOf(userData: Uint8Array | undefined): string | undefined {
  const datum = userData === undefined ? undefined : readUserData(userData).find(({ type }) => type === COMMENT);
  if (datum === undefined || datum.value.at(-1) !== 0) return undefined;
  return Buffer.from(datum.value.subarray(0, -1)).toString('utf8');
}
