import { HOST, type NamespaceName } from '../state/index.ts';

/** One argument of a command, several, or none. */
export type Words = string | number | readonly (string | number)[];

/** Words without characters that are special to a shell. */
const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** Quotes a word for sh(1). NUL bytes, which no argument can contain, are removed. */
export function quote(word: string | number): string {
  const text = String(word).replaceAll('\0', '');
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

export const command = (...words: readonly Words[]): string => words.flat().map(quote).join(' ');

/** An ip(8) command in a namespace. */
export const ip = (namespace: NamespaceName, ...words: readonly Words[]): string =>
  command('ip', namespace === HOST ? [] : ['-n', namespace], ...words);

/** Any command, run in a namespace. */
export const inside = (namespace: NamespaceName, ...words: readonly Words[]): string =>
  command(namespace === HOST ? [] : ['ip', 'netns', 'exec', namespace], ...words);

/** A command with a text as its standard input. The text must be empty or end with a line feed. */
export function heredoc(reader: string, text: string): string {
  const clean = text.replaceAll('\0', '');
  // dash 0.5.12 loses a byte of a multibyte character in a line that begins like the delimiter (E and an accent).
  // eslint-disable-next-line no-control-regex
  if (/[^\u0000-\u007f]/.test(clean)) return `printf %s ${quote(clean)} | ${reader}`;
  const lines = new Set(clean.split('\n'));
  let delimiter = 'EOF';
  for (let i = 2; lines.has(delimiter); i++) delimiter = `EOF${i}`;
  return `${reader} <<'${delimiter}'\n${clean}${delimiter}`;
}
