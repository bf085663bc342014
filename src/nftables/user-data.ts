// User data: nft's own attributes, which the kernel stores. Type and length are one byte each (libnftnl's udata.h).

/** The maximum length of a comment, in bytes: NFTNL_UDATA_COMMENT_MAXLEN. */
export const MAX_COMMENT = 128;

/** NFTNL_UDATA_TABLE_COMMENT, NFTNL_UDATA_RULE_COMMENT and NFTNL_UDATA_SET_ELEM_COMMENT. */
const COMMENT = 0;
/** NFTNL_UDATA_SET_KEYBYTEORDER and NFTNL_UDATA_SET_DATABYTEORDER. */
export const KEY_BYTE_ORDER = 0;
export const DATA_BYTE_ORDER = 1;
/** NFTNL_UDATA_SET_ELEM_FLAGS. */
export const ELEMENT_FLAGS = 1;
/** A flag of an element: its interval has no end element. NFTNL_SET_ELEM_F_INTERVAL_OPEN. */
export const INTERVAL_OPEN = 1;

export interface UserDatum {
  readonly type: number;
  readonly value: Uint8Array;
}

export function writeUserData(data: readonly UserDatum[]): Uint8Array {
  return new Uint8Array(Buffer.concat(data.flatMap(({ type, value }) => [Uint8Array.of(type, value.length), value])));
}

/** Decodes user data. Returns an empty array when they have another format, from another program. */
export function readUserData(bytes: Uint8Array): readonly UserDatum[] {
  const data: UserDatum[] = [];
  let at = 0;
  while (at + 2 <= bytes.length) {
    const end = at + 2 + bytes[at + 1]!;
    if (end > bytes.length) return [];
    data.push({ type: bytes[at]!, value: bytes.slice(at + 2, end) });
    at = end;
  }
  return at === bytes.length ? data : [];
}

/** A number as nft stores it in user data: 32 bits in host byte order. */
export const userNumber = (type: number, value: number): UserDatum => ({
  type,
  value: new Uint8Array(Uint32Array.of(value).buffer),
});

export const commentData = (comment: string): Uint8Array =>
  writeUserData([{ type: COMMENT, value: Buffer.from(`${comment}\0`) }]);

/** Returns the comment in user data, or undefined when there is none. */
export function commentOf(userData: Uint8Array | undefined): string | undefined {
  const datum = userData === undefined ? undefined : readUserData(userData).find(({ type }) => type === COMMENT);
  if (datum === undefined || datum.value.at(-1) !== 0) return undefined;
  return Buffer.from(datum.value.subarray(0, -1)).toString('utf8');
}
