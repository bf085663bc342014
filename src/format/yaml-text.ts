import { isDeepStrictEqual } from 'node:util';
import { Document, isMap, isScalar, isSeq, parse, visit, type Node, type Pair } from 'yaml';
import type { Note } from './notes.ts';
import { withoutVariables } from './variables.ts';

/** The longest line, in characters. */
const WIDTH = 110;

/**
 * A map of maps and lists as a file of the format: one line for what fits on one, and a comment above what a note is about.
 * @param title the comment that the file begins with
 */
export function yamlText(value: object, notes: readonly Note[], title: readonly string[] = []): string {
  const document = new Document(value, { version: '1.2', aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (place, scalar) => {
      if (place !== 'key' && typeof scalar.value === 'string') scalar.value = withoutVariables(scalar.value);
    },
  });
  const about = (path: readonly string[]): string[] =>
    notes.filter((note) => note.path.join('.') === path.join('.')).map(({ text }) => text);

  const comment = ({ key }: Pair<Node, Node | null>, path: readonly string[]): void => {
    const lines = about(path);
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
  const head = [...title, ...about([])];
  const text = document.toString({ lineWidth: 0, indentSeq: true, flowCollectionPadding: true, nullStr: '' });
  return `${head.map((line) => `# ${line}\n`).join('')}${tidied(text)}`;
}

/** Lists without spaces inside their brackets, which the writer cannot leave out of lists alone. */
function tidied(text: string): string {
  const tidy = text.replaceAll('[ ', '[').replaceAll(' ]', ']');
  // Unless some text has such brackets in it.
  return isDeepStrictEqual(parse(tidy), parse(text)) ? tidy : text;
}

const pairsOf = (node: Node | null): Pair<Node, Node | null>[] => (isMap<Node, Node | null>(node) ? node.items : []);

const nameOf = ({ key }: Pair<Node, Node | null>): string => (isScalar(key) ? String(key.value) : '');

/** Puts a map or a list on one line where it fits, or else what is in it. */
function shorten(node: Node | null, before: string): void {
  if (!isMap(node) && !isSeq<Node>(node)) return;
  const text = JSON.stringify(node.toJSON());
  // An absent value has no form on a line with others.
  if (before.length + text.length <= WIDTH && !text.includes(':null')) {
    node.flow = true;
    return;
  }
  const indent = ' '.repeat(before.length - before.trimStart().length + 2);
  if (isSeq(node)) for (const item of node.items) shorten(item, `${indent}- `);
  for (const pair of pairsOf(node)) shorten(pair.value, `${indent}${nameOf(pair)}: `);
}
