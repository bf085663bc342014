import type { CheckResult } from '../../lab/index.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

/** A line for each expectation: whether it holds, what it is, the round trip, and why. */
export function describeChecks(lab: string, results: readonly CheckResult[], style: Style): string {
  const rows = results.map(({ ok, expectation, outcome, detail }) => {
    const times = outcome.flatMap(({ rttMs }) => (rttMs === undefined ? [] : [`${Number(rttMs.toPrecision(2))} ms`]));
    return [
      ok ? style.green('✓') : style.red('✗'),
      expectation.label,
      times.join(' / '),
      ok ? style.dim(outcome.map(({ target }) => target).join(', ')) : style.red(detail),
    ];
  });
  const failed = results.filter(({ ok }) => !ok).length;
  const verdict =
    failed === 0
      ? style.green(`${lab} is as expected: ${results.length} of ${results.length}`)
      : style.red(`${lab} is not as expected: ${failed} of ${results.length} failed`);
  return `${table(rows).join('\n')}\n${verdict}\n`;
}
