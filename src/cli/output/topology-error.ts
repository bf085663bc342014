import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { oneLine, printable } from '../../base/index.ts';
import type { TopologyError, TopologyIssue } from '../../topology/index.ts';
import type { Style } from './style.ts';
import { nameOfFile } from '../topology-file.ts';
import { count } from './words.ts';

/** Tests the code, since importing the class would load the parser, which most commands do not need. */
export const isTopologyError = (error: unknown): error is TopologyError =>
  error instanceof Error && (error as { code?: unknown }).code === 'ERR_TOPOLOGY';

/**
 * Every issue with its position, its line of the file, and a mark below the column; a headline if there are several.
 */
export function describeTopologyError({ file, issues }: TopologyError, style: Style): string {
  const lines = file === undefined ? [] : linesOf(file);
  const texts = issues.map(
    (issue) => `${positionOf(issue, file, style)}${oneLine(issue.message)}${excerpt(issue, lines, style)}`,
  );
  if (texts.length === 1) return texts[0]!;
  const name = file === undefined ? 'the topology' : oneLine(basename(nameOfFile(file)));
  return `${name} has ${count(texts.length, 'mistake')}\n${texts.join('\n')}`;
}

function positionOf({ line, column, path }: TopologyIssue, file: string | undefined, style: Style): string {
  const name = oneLine(file === undefined ? path : nameOfFile(file));
  const position = file === undefined || line === undefined ? name : `${name}:${line}:${column}`;
  return position === '' ? '' : `${style.bold(`${position}:`)} `;
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
    // Standard input, or a file that was removed: print the message without the line.
    return [];
  }
}
