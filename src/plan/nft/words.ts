type Word = string | number;
type Range = { readonly range: readonly [Word, Word] };

/**
 * Text without nft syntax is rendered with `?`, which is no token of nft: so nft rejects the whole input, and cannot
 * read it as something else.
 */
const rejected = (text: string): string => `?${JSON.stringify(text)}`;

/** The name of a table, a chain or a set. */
export const identifier = (name: string): string => (/^[A-Za-z][A-Za-z0-9/\\_.-]*$/.test(name) ? name : rejected(name));

/** A string in double quotes. nft has no escape for quotes, so text with quotes is rejected. */
export const quoted = (text: string): string => (/["\0]/.test(text) ? rejected(text) : `"${text}"`);

/** A comment. Characters that nft cannot express are replaced or removed, since comments have no effect. */
export const comment = (text: string): string => `"${text.replaceAll('"', "'").replaceAll('\0', '')}"`;

/** The prefix of a log statement. nft reads a dollar sign in it as the start of a variable name. */
export const prefix = (text: string): string => (text.includes('$') ? rejected(text) : quoted(text));

/** The syntax for values of a selector or of a set's type. */
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

/** A value. @param type a selector (`ip saddr`) or a type (`ipv4_addr`) */
export function value(type: string, word: Word | Range): string {
  const style = STYLES[type] ?? 'plain';
  if (typeof word !== 'object') return single(style, word);
  return `${single(style, word.range[0])}-${single(style, word.range[1])}`;
}

function single(style: Style, word: Word): string {
  if (typeof word === 'number') return style === 'mark' ? hexadecimal(word) : String(word);
  if (style === 'interface') return quoted(word);
  return /^[A-Za-z0-9_.:/-]+$/.test(word) ? word : rejected(word);
}

export const hexadecimal = (n: number): string => `0x${n.toString(16)}`;

/** A time in nft syntax. @param seconds with a resolution of a millisecond */
export function duration(seconds: number): string {
  const milliseconds = Math.round(seconds * 1000);
  return milliseconds % 1000 === 0 ? `${milliseconds / 1000}s` : `${milliseconds}ms`;
}

/** The separator of the parts of a concatenation. */
export const CONCATENATION = ' . ';
