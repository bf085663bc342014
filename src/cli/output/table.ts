import { oneLine } from '../../base/index.ts';
import { padEnd, widthOf } from './style.ts';

/**
 * Formats rows as lines: each column is as wide as its widest cell, with two spaces in between. Rows can have different
 * lengths.
 * @param widest cells wider than this do not widen their column: they shift the rest of their own row only
 */
export function table(cells: readonly (readonly string[])[], indent = '', widest = Infinity): string[] {
  const rows = cells.map((row) => row.map(oneLine));
  const widths: number[] = [];
  for (const row of rows) {
    // The last cell is not padded.
    row.slice(0, -1).forEach((cell, i) => {
      const width = widthOf(cell);
      widths[i] = Math.max(widths[i] ?? 0, width > widest ? 0 : width);
    });
  }
  return rows.map((row) =>
    `${indent}${row.map((cell, i) => (i === row.length - 1 ? cell : padEnd(cell, widths[i]!))).join('  ')}`.trimEnd(),
  );
}
