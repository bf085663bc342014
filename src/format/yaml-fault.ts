import type { YAMLError } from 'yaml';

/** The messages of the YAML parser, by their beginnings, and the messages that replace them. */
const MESSAGES: readonly (readonly [RegExp, string])[] = [
  [/^Tabs are not allowed as indentation/, 'a tab indents this line: YAML is indented by spaces'],
  [/^Missing closing (["'])quote/, 'a quoted string has no closing $1'],
  [
    /^Flow (?:map|sequence) in block collection must be sufficiently indented and end with a (.)/,
    'missing "$1" before this',
  ],
  [/^Expected flow (?:map|sequence) to end with (.)/, 'missing "$1" before this'],
  [/^Missing , (?:or : )?between/, 'missing "," between two items'],
  [/^Unexpected , in|^Unexpected empty item/, 'there is nothing before this ","'],
  [/^Missing space after :/, 'missing space after ":"'],
  [/^Implicit (?:map )?keys? need/, 'missing ":" after a key, on the same line'],
  [/^Implicit keys of flow/, 'missing ":" after a key, on the same line'],
  [/^Nested mappings are not allowed/, 'second ": " on this line: quote the string, or put the inner map in { }'],
  [
    /^A block sequence may not be used|^Unexpected block-seq-ind on same line/,
    'a list cannot follow a key on its line: put "-" on a line of its own, or use [ ]',
  ],
  [/^Block collections are not allowed within flow/, 'inside { } and [ ] lists and maps are in brackets too'],
  [
    /^All (?:mapping|sequence) items must start at the same column|^All collection items must start/,
    'the indentation differs from that of the lines above',
  ],
  [/^Sequence item without - indicator/, 'an item of a list begins with "- "'],
  [/^Plain value cannot start with .*?(\S)\S*$/, 'text that begins with "$1" must be in quotes'],
  [/^Invalid escape sequence (.*)/, '"$1" means nothing between double quotes: use single quotes'],
  [/^Comments must be separated/, 'missing space before "#"'],
  [/^Unresolved tag: (.*)/, 'the tag "$1" is not supported: remove it'],
  [/^Block scalar header includes extra/, 'after "|" or ">" only "+", "-" and a digit are allowed'],
  [/^A node can have at most one (anchor|tag)/, 'two $1s for one value'],
  [/^Unknown directive (.*)/, 'the directive "$1" is not supported: remove it'],
  [/^Unexpected /, 'invalid YAML'],
];

/** The message for a YAML error. */
export function describeFault({ message, pos: [offset] }: YAMLError, text: string): string {
  const variable = /^\{[^{}\n]*\}/.exec(text.slice(offset, offset + 200))?.[0];
  if (variable !== undefined && text[offset - 1] === '$')
    return `inside { } and [ ] a value with a variable must be quoted: "\$${variable}"`;
  for (const [pattern, replacement] of MESSAGES) {
    const found = pattern.exec(message);
    if (found !== null) return replacement.replaceAll(/\$(\d)/g, (_, group: string) => found[Number(group)] ?? '');
  }
  return `this is not YAML: ${message}`;
}
