/*
 * Texts from outside (names of programs, interfaces and files, what programs print, comments of rules) may hold
 * characters that do something to the terminal they are shown on: move its cursor, set its title, hide or turn round what
 * stands beside them (ECMA-48; Unicode TR 36 and TR 9). Whatever is printed for people goes through `printable`.
 */

/**
 * C0 and DEL, C1, the marks, embeddings, overrides and isolates of bidirectional text, and the separators of lines and
 * paragraphs; not tab and line feed, nor the carriage return that belongs to a line feed.
 */
const CONTROL =
  // eslint-disable-next-line no-control-regex
  /\r(?!\n)|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A text that does nothing to a terminal but be read: each control character in it is written out, as `\x1b` or `\u202e`. */
export const printable = (text: string): string => text.replace(CONTROL, written);

/** The same for a text from outside that stands in a line of ours: it does not end the line, nor begin a column. */
export const oneLine = (text: string): string => text.replace(/\r\n|[\n\t]/g, written);

function written(characters: string): string {
  let text = '';
  for (const character of characters) {
    const short = SHORT[character];
    const code = character.charCodeAt(0);
    text += short ?? (code > 0xff ? `\\u${hex(code, 4)}` : `\\x${hex(code, 2)}`);
  }
  return text;
}

const SHORT: Readonly<Record<string, string>> = { '\n': String.raw`\n`, '\r': String.raw`\r`, '\t': String.raw`\t` };

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0');

/** What JSON.stringify leaves as it is of what {@link printable} writes out. */
const LEFT_IN_JSON = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A value as JSON that does nothing to a terminal, and of which nothing is lost: what JSON need not escape is escaped, too. */
export const printableJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(LEFT_IN_JSON, (character) => `\\u${hex(character.charCodeAt(0), 4)}`);
