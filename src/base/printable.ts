/*
 * Text from outside (names of programs, interfaces and files, the output of programs, comments of rules) can contain
 * control characters for terminals: they move the cursor, set the title, or hide or reorder the text beside them
 * (ECMA-48; Unicode TR 36 and TR 9). All output for people goes through `printable`.
 */

/**
 * C0 and DEL, C1, the marks, embeddings, overrides and isolates of bidirectional text, and the separators of lines and
 * paragraphs. Not tab, line feed, or carriage return before a line feed.
 */
const CONTROL =
  // eslint-disable-next-line no-control-regex
  /\r(?!\n)|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Escapes the control characters of a text, as in `\x1b` or `\u202e`. */
export const printable = (text: string): string => text.replace(CONTROL, escaped);

/** Escapes line breaks and tabs, for a text from outside within one line of output. */
export const oneLine = (text: string): string => text.replace(/\r\n|[\n\t]/g, escaped);

function escaped(characters: string): string {
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

/** The characters that {@link printable} escapes, but JSON.stringify does not. */
const NOT_ESCAPED_IN_JSON = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Formats a value as JSON, with all control characters escaped. JSON.parse returns the same value. */
export const printableJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(
    NOT_ESCAPED_IN_JSON,
    (character) => `\\u${hex(character.charCodeAt(0), 4)}`,
  );
