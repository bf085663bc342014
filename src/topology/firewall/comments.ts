/** The maximum length of a rule's comment in bytes: NFTNL_UDATA_COMMENT_MAXLEN of libnftnl, which nft(8) enforces. */
const COMMENT_MAX = 128;

/** Splits a text into pieces that each fit into a comment. */
export function commentChunks(text: string): string[] {
  const chunks: string[] = [];
  let piece = '';
  let bytes = 0;
  for (const character of text) {
    const length = Buffer.byteLength(character);
    if (bytes + length > COMMENT_MAX) {
      chunks.push(piece);
      piece = '';
      bytes = 0;
    }
    piece += character;
    bytes += length;
  }
  return [...chunks, piece];
}

/** A text that fits into a comment: cut off and with an ellipsis if it is too long. */
export function shortened(text: string): string {
  const [first = '', rest] = commentChunks(text);
  return rest === undefined ? first : `${commentChunks(text.slice(0, COMMENT_MAX - 4))[0]!.trimEnd()} ...`;
}
