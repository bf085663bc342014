import { FormatError } from './format-error.ts';

/** The characters that a backslash escapes between double quotes (POSIX, Shell Command Language, 2.2.3). */
const ESCAPABLE = '$`"\\\n';

/** Operators of a shell: an error if they are not quoted. */
const OPERATOR = /[|&;<>()`]/;

/**
 * Splits a command into words as sh(1) does: at blanks, with quotes and backslashes (POSIX, Shell Command Language,
 * 2.2). There are no expansions: `$`, `*` and `~` are plain characters.
 * @throws FormatError if a quote is not closed, if there is no word, or for an operator that is not quoted
 */
export function splitCommand(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (quote === "'") {
      if (char === quote) quote = undefined;
      else word += char;
    } else if (char === '\\') {
      const next = text[++i];
      if (next === undefined) throw new FormatError('the command ends with a backslash that stands before nothing');
      if (quote === '"' && !ESCAPABLE.includes(next)) word += char;
      if (next !== '\n') word = (word ?? '') + next;
    } else if (quote === '"') {
      if (char === quote) quote = undefined;
      else word += char;
    } else if (char === "'" || char === '"') {
      quote = char;
      word ??= '';
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (OPERATOR.test(char)) {
      throw new FormatError(
        `no shell reads the command: quote the "${char}", or write it as sh -c '…' to have a shell do so`,
      );
    } else word = (word ?? '') + char;
  }
  if (quote !== undefined) throw new FormatError(`the command has a ${quote} that is not closed`);
  if (word !== undefined) words.push(word);
  checkCommand(words);
  return words;
}

/** @throws FormatError if the words cannot be the arguments of execve(2) */
export function checkCommand(words: readonly string[]): void {
  if (words[0] === undefined || words[0] === '')
    throw new FormatError('the command is empty: it begins with a program');
  if (words.some((word) => word.includes('\0'))) throw new FormatError('the command has a NUL character in it');
}

/** A word that needs no quotes. */
const PLAIN = /^[A-Za-z0-9_@%+=:,./$*?~^[\]{}!#-]+$/;

/** The text that {@link splitCommand} splits into these words. */
export const joinCommand = (words: readonly string[]): string =>
  words.map((word) => (PLAIN.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`)).join(' ');
