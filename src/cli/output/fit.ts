// eslint-disable-next-line no-control-regex
const STYLE = /\u001b\[\d+m/g;

const width = (text: string): number => text.replaceAll(STYLE, '').length;

/** How much of a line the columns before its last one may take, where what follows is to stand below that. */
const WIDEST_START = 0.6;

/**
 * A text as it is shown, with lines that are wider than the terminal broken between words: what goes on stands below the
 * last column of the line, or is indented where that begins too far to the right. A word that is wider than a line stays whole.
 */
export function fit(text: string, columns: number): string {
  if (columns === Infinity) return text;
  return text
    .split('\n')
    .map((line) => (width(line) <= columns ? line : broken(line, columns)))
    .join('\n');
}

function broken(line: string, columns: number): string {
  const start = columnOf(line, columns);
  const indent = `\n${' '.repeat(start)}`;
  let text = '';
  let at = 0;
  // A column is moved as a whole, if that is enough, and begins on a new line where too little of this one is left.
  for (const [, space = '', column = ''] of line.matchAll(/(^ *| {2,})((?:(?! {2}).)+)/g)) {
    const isLate = at + space.length > columns * WIDEST_START && at + space.length + width(column) > columns;
    for (const [i, word] of (start + width(column) <= columns ? [column] : wordsOf(column)).entries()) {
      const before = i === 0 ? space : ' ';
      const fits = at + before.length <= start || (at + before.length + width(word) <= columns && !(i === 0 && isLate));
      text += fits ? before + word : indent + word;
      at = (fits ? at + before.length : start) + width(word);
    }
  }
  return text;
}

// eslint-disable-next-line no-control-regex
const QUOTING = /^(?:\u001b\[\d+m)?netwright .* '/;

/** The words of a column; of an example that quotes something the commands, which can be copied so: a pipe goes on in the next line. */
const wordsOf = (column: string): readonly string[] =>
  QUOTING.test(column) ? column.match(/(?:'[^']*'|[^'|])+\|?/g)!.map((command) => command.trim()) : column.split(' ');

/** Where the last column begins that leaves enough room, else a little to the right of the line's own beginning. */
function columnOf(line: string, columns: number): number {
  const plain = line.replaceAll(STYLE, '');
  const starts = [...plain.matchAll(/\S(?: {2,})(?=\S)/g)].map(({ index, 0: found }) => index + found.length);
  const own = plain.length - plain.trimStart().length;
  const longest = Math.max(...plain.split(' ').map((word) => word.length));
  return starts.findLast((at) => at <= columns * WIDEST_START && at + longest <= columns) ?? own + 2;
}
