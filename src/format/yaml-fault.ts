import type { YAMLError } from 'yaml';

/** What the reader of YAML says, by its beginning, and what is said here instead. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/^Tabs are not allowed as indentation/, 'a tab indents this line: YAML is indented by spaces'],
  [/^Missing closing (["'])quote/, 'a text in quotes has no $1 at its end'],
  [
    /^Flow (?:map|sequence) in block collection must be sufficiently indented and end with a (.)/,
    'a "$1" is missing before this',
  ],
  [/^Expected flow (?:map|sequence) to end with (.)/, 'a "$1" is missing before this'],
  [/^Missing , (?:or : )?between/, 'a "," is missing between two items'],
  [/^Unexpected , in|^Unexpected empty item/, 'there is nothing before this ","'],
  [/^Missing space after :/, 'a blank is missing after the ":"'],
  [/^Implicit (?:map )?keys? need/, 'a key needs a ":" after it, on the same line'],
  [/^Implicit keys of flow/, 'a key needs a ":" after it, on the same line'],
  [
    /^Nested mappings are not allowed/,
    'there is a second ": " on this line: quote the text that it is in, or put the inner map in { }',
  ],
  [
    /^A block sequence may not be used|^Unexpected block-seq-ind on same line/,
    'a list cannot follow a key on its line: put "-" on a line of its own, or use [ ]',
  ],
  [/^Block collections are not allowed within flow/, 'inside { } and [ ] lists and maps are in brackets too'],
  [
    /^All (?:mapping|sequence) items must start at the same column|^All collection items must start/,
    'this is indented otherwise than what stands beside it above',
  ],
  [/^Sequence item without - indicator/, 'an item of a list begins with "- "'],
  [/^Plain value cannot start with .*?(\S)\S*$/, 'text that begins with "$1" must be in quotes'],
  [/^Invalid escape sequence (.*)/, '"$1" means nothing between double quotes: use single quotes'],
  [/^Comments must be separated/, 'a blank is missing before the "#"'],
  [/^Unresolved tag: (.*)/, 'the tag "$1" means nothing here: leave it out'],
  [/^Block scalar header includes extra/, 'after "|" or ">" the line has nothing but "+", "-" and a digit'],
  [/^A node can have at most one (anchor|tag)/, 'there are two $1s at one place'],
  [/^Unknown directive (.*)/, 'the line "$1" means nothing here: leave it out'],
  [/^Unexpected /, 'YAML does not allow what stands here'],
];

/** What is wrong with a text that is not YAML, in words for whoever wrote it. */
export function describeFault({ message, pos: [offset] }: YAMLError, text: string): string {
  const variable = /^\{[^{}\n]*\}/.exec(text.slice(offset, offset + 200))?.[0];
  if (variable !== undefined && text[offset - 1] === '$')
    return `inside { } and [ ] what has a variable in it must be in quotes: "\$${variable}"`;
  for (const [pattern, words] of WORDS) {
    const found = pattern.exec(message);
    if (found !== null) return words.replaceAll(/\$(\d)/g, (_, group: string) => found[Number(group)] ?? '');
  }
  return `this is not YAML: ${message}`;
}
