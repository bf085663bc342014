import { oneLine } from '../../base/index.ts';
import { padEnd, widthOf } from './style.ts';

/**
 * Rows as lines, each column as wide as its widest cell, two spaces apart. A row may be shorter than others.
 * @param widest cells wider than that push the rest of their row along, and the other rows stay as they are
 */
export function table(cells: readonly (readonly string[])[], indent = '', widest = Infinity): string[] {
  const rows = cells.map((row) => row.map(oneLine));
  const widths: number[] = [];
  for (const row of rows) {
    // The last cell needs no room after it.
    row.slice(0, -1).forEach((cell, i) => {
      const width = widthOf(cell);
      widths[i] = Math.max(widths[i] ?? 0, width > widest ? 0 : width);
    });
  }
  return rows.map((row) =>
    `${indent}${row.map((cell, i) => (i === row.length - 1 ? cell : padEnd(cell, widths[i]!))).join('  ')}`.trimEnd(),
  );
}
