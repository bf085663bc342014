import { changeOf, describe, render, type Operation } from '../../plan/index.ts';
import type { Style } from './style.ts';
import { count } from './words.ts';

const MARKS = { add: '+', change: '~', remove: '-' } as const;
const COLOURS = { add: 'green', change: 'yellow', remove: 'red' } as const;

/** An operation as one line: `+ create node web (namespace shop.web)`. */
export function operationLine(operation: Operation, style: Style): string {
  const change = changeOf(operation);
  return `${style[COLOURS[change]](MARKS[change])} ${describe(operation)}`;
}

/** The output of `plan`. */
export function describePlan(lab: string, operations: readonly Operation[], style: Style): string {
  if (operations.length === 0) return `nothing to do, ${lab} matches the file\n`;
  const number = (change: ReturnType<typeof changeOf>): number =>
    operations.filter((op) => changeOf(op) === change).length;
  const totals = `${number('add')} to add, ${number('change')} to change, ${number('remove')} to remove`;
  return [
    ...operations.map((operation) => operationLine(operation, style)),
    '',
    `${style.bold(lab)}: ${count(operations.length, 'step')}: ${totals}`,
    '',
  ].join('\n');
}

/** An operation for JSON output: its data, a description in words, and equivalent commands. */
export const operationData = (operation: Operation) => ({
  ...operation,
  change: changeOf(operation),
  words: describe(operation),
  commands: render(operation),
});
