import { parse } from 'yaml';

/** The longest comment of a rule, in bytes: NFTNL_UDATA_COMMENT_MAXLEN of libnftnl, which nft(8) keeps to. */
const COMMENT_MAX = 128;

/**
 * A value in YAML's words, on one line and without a double quote, which a comment in nft's language could not hold:
 * `{ from: lan, tcp: [22, 80-90] }`.
 */
export function inWords(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inWords).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const pairs = Object.entries(value).filter(([, one]) => one !== undefined);
    return pairs.length === 0 ? '{}' : `{ ${pairs.map(([key, one]) => `${key}: ${inWords(one)}`).join(', ')} }`;
  }
  return typeof value === 'string' ? scalar(value) : String(value);
}

/** What YAML reads as the same text when it stands alone: names, addresses and prefixes, ranges of ports, limits. */
const PLAIN: readonly RegExp[] = [
  /^(?!(?:true|false|null)$)[a-z][a-z0-9_@.-]*$/,
  /^[0-9]+(?:\.[0-9]+){3}(?:\/[0-9]+)?$/,
  /^[0-9a-f]+(?::[0-9a-f]*)*:[0-9a-f]*(?:[0-9a-f]|\/[0-9]+)$/,
  /^[0-9]+-[0-9]+$/,
  /^[0-9]+\/[a-z]+(?: burst [0-9]+)?$/,
];

const scalar = (text: string): string =>
  PLAIN.some((form) => form.test(text)) ? text : `'${text.replaceAll("'", "''")}'`;

/** What {@link inWords} has written; nothing when the text is no such words. */
export function fromWords(text: string): unknown {
  try {
    return parse(text, { version: '1.2' });
  } catch {
    return undefined;
  }
}

/** A text in pieces that each fit a comment. */
export function pieces(text: string): string[] {
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
  const [first = '', more] = pieces(text);
  return more === undefined ? first : `${pieces(text.slice(0, COMMENT_MAX - 4))[0]!.trimEnd()} ...`;
}
