/** The longest comment of a rule, in bytes: NFTNL_UDATA_COMMENT_MAXLEN of libnftnl, which nft(8) keeps to. */
const COMMENT_MAX = 128;

/** A text in pieces that each fit a comment. */
export function commentChunks(text: string): string[] {
  const found: string[] = [];
  let piece = '';
  let bytes = 0;
  for (const character of text) {
    const more = Buffer.byteLength(character);
    if (bytes + more > COMMENT_MAX) {
      found.push(piece);
      piece = '';
      bytes = 0;
    }
    piece += character;
    bytes += more;
  }
  return [...found, piece];
}

/** As much of a text as fits a comment. */
export function shortened(text: string): string {
  const [first = '', more] = commentChunks(text);
  return more === undefined ? first : `${commentChunks(text.slice(0, COMMENT_MAX - 4))[0]!.trimEnd()} ...`;
}
