import type { CheckResult } from '../../lab/index.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

type Outcome = CheckResult['outcome'][number];

/** The document of `check --json`. */
export function checksData(lab: string, results: readonly CheckResult[]) {
  const { failed, empty, proved } = counted(results);
  return { lab, ok: failed === 0, proved, empty, failed, results };
}

/** How many expectations are proved, hold but prove nothing (`empty`), and failed. */
export function counted(results: readonly CheckResult[]): { proved: number; empty: number; failed: number } {
  const failed = results.filter(({ ok }) => !ok).length;
  const empty = results.filter((result) => result.empty !== undefined).length;
  return { proved: results.length - failed - empty, empty, failed };
}

/** A line for each expectation: its result, label, round-trip time, and what replied, or why it failed. */
export function describeChecks(lab: string, results: readonly CheckResult[], style: Style): string {
  const rows = results.map(({ ok, empty, expectation, outcome, detail }) => {
    const times = outcome.flatMap(({ rttMs }) => (rttMs === undefined ? [] : [`${Number(rttMs.toPrecision(2))} ms`]));
    const [mark, why] = !ok
      ? [style.red('✗'), style.red(detail)]
      : empty === undefined
        ? [style.green('✓'), style.dim(outcome.map(describeOutcome).join(', '))]
        : [style.yellow('○'), style.yellow(empty)];
    return [mark, expectation.label, times.join(' / '), why];
  });
  return [...table(rows), ...notes(results).map((note) => style.dim(note)), verdict(lab, results, style), ''].join(
    '\n',
  );
}

function verdict(lab: string, results: readonly CheckResult[], style: Style): string {
  const { empty, failed } = counted(results);
  const unproved = empty === 0 ? '' : `; ${empty} ${empty === 1 ? 'holds but proves' : 'hold but prove'} nothing`;
  if (failed > 0) return style.red(`${lab} is not as expected: ${failed} of ${results.length} failed${unproved}`);
  const text = `${lab} is as expected: ${results.length} of ${results.length}${unproved}`;
  return empty === 0 ? style.green(text) : style.yellow(text);
}

/** Explanations of the marks and words that appear in the lines. */
function notes(results: readonly CheckResult[]): string[] {
  const standIn = results.some(({ outcome }) => outcome.some(({ by }) => by?.kind === 'stand-in'));
  const empty = results.some((result) => result.empty !== undefined);
  return [
    ...(standIn
      ? ['stand-in: nothing listened there, so check itself replied: this tests the network, but no program']
      : []),
    ...(empty ? ['○: nothing could be reached, whatever the network forwards'] : []),
  ];
}

function describeOutcome({ target, by }: Outcome): string {
  switch (by?.kind) {
    case undefined:
      return target;
    case 'stand-in':
      return `${target} (stand-in)`;
    case 'service':
      return `${target} (service ${by.service}: ${by.program}, pid ${by.pid})`;
    case 'program':
      return `${target} (${by.program}, pid ${by.pid})`;
    case 'unknown':
      return `${target} (a program that is not visible)`;
  }
}
