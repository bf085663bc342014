// eslint-disable-next-line no-control-regex
const STYLE = /\u001b\[\d+m/g;

const width = (text: string): number => text.replaceAll(STYLE, '').length;

/**
 * The last column of a line must begin within this part of the width, if continuation lines are to be aligned with it.
 */
const MAX_START = 0.6;

/**
 * Breaks lines that are wider than the terminal between words. Continuation lines are aligned with the last column of
 * the line, or indented if that column begins too far to the right. A word that is wider than the terminal is not
 * broken.
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
  let position = 0;
  // A column moves to the next line as a whole if it fits there, and also begins there if little of this line is left.
  for (const [, space = '', column = ''] of line.matchAll(/(^ *| {2,})((?:(?! {2}).)+)/g)) {
    const next = position + space.length;
    const isLate = next > columns * MAX_START && next + width(column) > columns;
    for (const [i, word] of (start + width(column) <= columns ? [column] : wordsOf(column)).entries()) {
      const before = i === 0 ? space : ' ';
      const from = position + before.length;
      const fits = from <= start || (from + width(word) <= columns && !(i === 0 && isLate));
      text += fits ? before + word : indent + word;
      position = (fits ? from : start) + width(word);
    }
  }
  return text;
}

// eslint-disable-next-line no-control-regex
const QUOTING = /^(?:\u001b\[\d+m)?netwright .* '/;

/**
 * The words of a column. An example with quotes is split into its commands, after pipes, so that it can still be
 * copied.
 */
const wordsOf = (column: string): readonly string[] =>
  QUOTING.test(column) ? column.match(/(?:'[^']*'|[^'|])+\|?/g)!.map((command) => command.trim()) : column.split(' ');

/** The start of the last column that leaves enough room; otherwise the line's own indent plus 2. */
function columnOf(line: string, columns: number): number {
  const plain = line.replaceAll(STYLE, '');
  const starts = [...plain.matchAll(/\S(?: {2,})(?=\S)/g)].map(({ index, 0: found }) => index + found.length);
  const own = plain.length - plain.trimStart().length;
  const longest = Math.max(...plain.split(' ').map((word) => word.length));
  return starts.findLast((start) => start <= columns * MAX_START && start + longest <= columns) ?? own + 2;
}
