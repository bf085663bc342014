import { HOST, type NamespaceName } from '../state/index.ts';

/** One word of a command, several, or none. */
export type Words = string | number | readonly (string | number)[];

/** What no shell sees more in than letters. */
const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** A word as sh(1) must be given it. A NUL byte, which no word of a command can have, is left out. */
export function quote(word: string | number): string {
  const text = String(word).replaceAll('\0', '');
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

export const command = (...words: readonly Words[]): string => words.flat().map(quote).join(' ');

/** A command of ip(8) in a namespace. */
export const ip = (namespace: NamespaceName, ...words: readonly Words[]): string =>
  command('ip', namespace === HOST ? [] : ['-n', namespace], ...words);

/** Any command, run in a namespace. */
export const inside = (namespace: NamespaceName, ...words: readonly Words[]): string =>
  command(namespace === HOST ? [] : ['ip', 'netns', 'exec', namespace], ...words);

/** A command that reads a text, which ends with a line break if anything is in it. */
export function heredoc(reader: string, text: string): string {
  const clean = text.replaceAll('\0', '');
  // In a line that begins as the last one does, dash 0.5.12 loses a byte: that of an accent after the E.
  // eslint-disable-next-line no-control-regex
  if (/[^\u0000-\u007f]/.test(clean)) return `printf %s ${quote(clean)} | ${reader}`;
  const lines = new Set(clean.split('\n'));
  let end = 'EOF';
  for (let i = 2; lines.has(end); i++) end = `EOF${i}`;
  return `${reader} <<'${end}'\n${clean}${end}`;
}
