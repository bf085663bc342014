/** The result of a benchmark, for the terminal and for results.md. */
export interface Report {
  readonly title: string;
  /** What was measured, in a few sentences. */
  readonly about: string;
  readonly tables: readonly Table[];
  readonly targets: readonly Target[];
}

export interface Table {
  readonly title?: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Target {
  readonly name: string;
  readonly value: number;
  readonly limit: number;
  /** Whether `limit` is a minimum or a maximum. */
  readonly bound: 'at most' | 'at least';
  /** A remark for the reader. */
  readonly note?: string;
}

export const atMost = (name: string, value: number, limit: number): Target => ({
  name,
  value,
  limit,
  bound: 'at most',
});
export const atLeast = (name: string, value: number, limit: number): Target => ({
  name,
  value,
  limit,
  bound: 'at least',
});

const isMet = ({ value, limit, bound }: Target): boolean => (bound === 'at most' ? value <= limit : value >= limit);

export function markdown({ title, about, tables, targets }: Report): string {
  const goals: Table = {
    title: 'Targets',
    head: ['', 'figure', 'is', 'should be', ''],
    rows: targets
      .filter(({ value }) => Number.isFinite(value))
      .map((target) => [
        isMet(target) ? '✓' : '✗',
        target.name,
        `${target.value.toFixed(2)} ×`,
        `${target.bound} ${target.limit} ×`,
        target.note ?? '',
      ]),
  };
  return [`## ${title}`, about, ...[...tables, goals].map(markdownTable)].join('\n\n');
}

function markdownTable({ title, head, rows }: Table): string {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...rows].map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  const lines = [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
  return [...(title === undefined ? [] : [`**${title}**`, '']), ...lines].join('\n');
}
