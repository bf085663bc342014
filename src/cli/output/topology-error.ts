import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { oneLine, printable } from '../../base/index.ts';
import type { TopologyError, TopologyIssue } from '../../topology/index.ts';
import type { Style } from './style.ts';
import { nameOfFile } from '../topology-file.ts';
import { count } from './words.ts';

/** Recognised by its code: its class comes with the parser, which most commands do without. */
export const isTopologyError = (error: unknown): error is TopologyError =>
  error instanceof Error && (error as { code?: unknown }).code === 'ERR_TOPOLOGY';

/** Every issue with its place, the line of the file it is in, and a mark under the spot; a single one at once. */
export function describeTopologyError({ file, issues }: TopologyError, style: Style): string {
  const lines = file === undefined ? [] : linesOf(file);
  const told = issues.map(
    (issue) => `${placeOf(issue, file, style)}${oneLine(issue.message)}${excerpt(issue, lines, style)}`,
  );
  if (told.length === 1) return told[0]!;
  const what = file === undefined ? 'the topology' : oneLine(basename(nameOfFile(file)));
  return `${what} has ${count(told.length, 'mistake')}\n${told.join('\n')}`;
}

function placeOf({ line, column, path }: TopologyIssue, file: string | undefined, style: Style): string {
  const name = oneLine(file === undefined ? path : nameOfFile(file));
  const place = file === undefined || line === undefined ? name : `${name}:${line}:${column}`;
  return place === '' ? '' : `${style.bold(`${place}:`)} `;
}

function excerpt({ line, column }: TopologyIssue, lines: readonly string[], style: Style): string {
  const text = line === undefined ? undefined : lines[line - 1];
  if (text === undefined || text === '' || column === undefined || text.length > 110) return '';
  const number = String(line);
  const indent = printable(text.slice(0, column - 1)).replace(/[^\t]/g, ' ');
  const gutter = style.dim('│');
  return `\n  ${style.dim(number)} ${gutter} ${text}\n  ${' '.repeat(number.length)} ${gutter} ${indent}${style.red('^')}`;
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/);
  } catch {
    // It came from standard input, or is gone: the message says enough.
    return [];
  }
}
