type Word = string | number;
type Range = { readonly range: readonly [Word, Word] };

/**
 * What nft's language cannot say is written with a character that nft knows nothing of: nft then refuses the whole text
 * instead of reading something else into it.
 */
const unsayable = (text: string): string => `?${JSON.stringify(text)}`;

/** The name of a table, a chain or a set. */
export const identifier = (name: string): string =>
  /^[A-Za-z][A-Za-z0-9/\\_.-]*$/.test(name) ? name : unsayable(name);

/** A string in quotes, which has no quotes in it. */
export const quoted = (text: string): string => (/["\0]/.test(text) ? unsayable(text) : `"${text}"`);

/** Words for people only: what cannot be said as it is, is said almost as it is. */
export const comment = (text: string): string => `"${text.replaceAll('"', "'").replaceAll('\0', '')}"`;

/** A log's prefix, where a dollar begins a variable's name. */
export const prefix = (text: string): string => (text.includes('$') ? unsayable(text) : quoted(text));

/** How the values of a selector, or of a set's type, are written. */
type Style = 'mark' | 'interface' | 'plain';

const STYLES: Readonly<Record<string, Style>> = {
  'meta mark': 'mark',
  'ct mark': 'mark',
  mark: 'mark',
  iifname: 'interface',
  oifname: 'interface',
  iif: 'interface',
  oif: 'interface',
  ifname: 'interface',
  iface_index: 'interface',
};

/** A value of a selector (`ip saddr`) or of a type (`ipv4_addr`). */
export function value(of: string, word: Word | Range): string {
  const style = STYLES[of] ?? 'plain';
  if (typeof word !== 'object') return single(style, word);
  return `${single(style, word.range[0])}-${single(style, word.range[1])}`;
}

function single(style: Style, word: Word): string {
  if (typeof word === 'number') return style === 'mark' ? hexadecimal(word) : String(word);
  if (style === 'interface') return quoted(word);
  return /^[A-Za-z0-9_.:/-]+$/.test(word) ? word : unsayable(word);
}

export const hexadecimal = (n: number): string => `0x${n.toString(16)}`;

/** Seconds, to the millisecond. */
export function duration(seconds: number): string {
  const milliseconds = Math.round(seconds * 1000);
  return milliseconds % 1000 === 0 ? `${milliseconds / 1000}s` : `${milliseconds}ms`;
}

/** What joins the parts of a concatenation. */
export const CONCATENATION = ' . ';
