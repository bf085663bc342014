import { isDeepStrictEqual } from 'node:util';
import { Document, isMap, isScalar, isSeq, parse, visit, type Node, type Pair } from 'yaml';
import type { Note } from './notes.ts';
import { withoutVariables } from './variables.ts';

/** The longest line, in characters. */
const WIDTH = 110;

/**
 * Formats a map as a topology file: values that fit are on one line, and notes are comments above their keys.
 * @param title the lines of the comment at the beginning of the file
 */
export function yamlText(value: object, notes: readonly Note[], title: readonly string[] = []): string {
  const document = new Document(value, { version: '1.2', aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (position, scalar) => {
      if (position !== 'key' && typeof scalar.value === 'string') scalar.value = withoutVariables(scalar.value);
    },
  });
  const notesOn = (path: readonly string[]): string[] =>
    notes.filter((note) => note.path.join('.') === path.join('.')).map(({ text }) => text);

  const comment = ({ key }: Pair<Node, Node | null>, path: readonly string[]): void => {
    const lines = notesOn(path);
    if (lines.length > 0) key.commentBefore = lines.map((line) => ` ${line}`).join('\n');
  };
  for (const section of pairsOf(document.contents)) {
    comment(section, [nameOf(section)]);
    if (isSeq<Node>(section.value)) for (const item of section.value.items) shorten(item, '  - ');
    for (const pair of pairsOf(section.value)) {
      comment(pair, [nameOf(section), nameOf(pair)]);
      shorten(pair.value, `  ${nameOf(pair)}: `);
    }
  }
  const head = [...title, ...notesOn([])];
  const text = document.toString({ lineWidth: 0, indentSeq: true, flowCollectionPadding: true, nullStr: '' });
  return `${head.map((line) => `# ${line}\n`).join('')}${withoutPadding(text)}`;
}

/** Removes the spaces inside the brackets of lists; the YAML library has one option for lists and maps together. */
function withoutPadding(text: string): string {
  const compact = text.replaceAll('[ ', '[').replaceAll(' ]', ']');
  // Not if a string contains such brackets.
  return isDeepStrictEqual(parse(compact), parse(text)) ? compact : text;
}

const pairsOf = (node: Node | null): Pair<Node, Node | null>[] => (isMap<Node, Node | null>(node) ? node.items : []);

const nameOf = ({ key }: Pair<Node, Node | null>): string => (isScalar(key) ? String(key.value) : '');

/** Puts a map or a list on one line if it fits, or else its items. */
function shorten(node: Node | null, before: string): void {
  if (!isMap(node) && !isSeq<Node>(node)) return;
  const text = JSON.stringify(node.toJSON());
  // The flow style has no form for an absent value.
  if (before.length + text.length <= WIDTH && !text.includes(':null')) {
    node.flow = true;
    return;
  }
  const indent = ' '.repeat(before.length - before.trimStart().length + 2);
  if (isSeq(node)) for (const item of node.items) shorten(item, `${indent}- `);
  for (const pair of pairsOf(node)) shorten(pair.value, `${indent}${nameOf(pair)}: `);
}
