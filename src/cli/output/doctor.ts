import { oneLine, listed } from '../../base/index.ts';
import type { Finding } from '../../doctor/index.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';
import { count } from './words.ts';

type Status = Finding['status'];

/** In the order of output: the most important group is printed last, next to the prompt. */
const GROUPS: readonly { readonly status: Status; readonly mark: string; readonly colour: keyof Style }[] = [
  { status: 'ok', mark: '✓', colour: 'green' },
  { status: 'unknown', mark: '?', colour: 'dim' },
  { status: 'warning', mark: '!', colour: 'yellow' },
  { status: 'problem', mark: '✗', colour: 'red' },
];

/**
 * The findings, group by group, each with its fix. Without `all`, features that few labs need only if they are a
 * problem.
 */
export function describeFindings(found: readonly Finding[], style: Style, { all }: { readonly all: boolean }): string {
  const findings = all ? found : found.filter(({ rare, status }) => rare !== true || status === 'problem');
  const groups = GROUPS.map(({ status, mark, colour }) => {
    const group = findings.filter((finding) => finding.status === status);
    if (status === 'ok' || status === 'unknown') {
      return table(group.map(({ title, detail }) => [style[colour](mark), title, style.dim(detail)]));
    }
    return group.flatMap(({ title, detail, fix, needed }) => [
      `${style[colour](mark)} ${style.bold(title)}: ${oneLine(detail)}`,
      ...(fix === undefined ? [] : indented('do: ', fix, style.cyan)),
      ...indented('for: ', needed, style.dim),
    ]);
  });
  const lines = groups.filter((lines) => lines.length > 0).flatMap((lines) => [...lines, '']);
  return [...lines, verdict(findings, style), ...omittedNote(found, findings, style), ''].join('\n');
}

/** A note about warnings that are not listed. */
function omittedNote(found: readonly Finding[], shown: readonly Finding[], style: Style): string[] {
  const omitted = found.filter((finding) => !shown.includes(finding) && finding.status === 'warning');
  if (omitted.length === 0) return [];
  const titles = listed(omitted.map(({ title }) => title));
  return [style.dim(`missing, but needed by few labs: ${titles}; see \`netwright doctor --all\``)];
}

function indented(label: string, text: string, paint: (text: string) => string): string[] {
  return text.split('\n').map((line, i) => `    ${i === 0 ? label : ' '.repeat(label.length)}${paint(line)}`);
}

function verdict(findings: readonly Finding[], style: Style): string {
  const number = (status: Status): number => findings.filter((finding) => finding.status === status).length;
  const problems = number('problem');
  const rest = [
    ...(number('warning') > 0 ? [count(number('warning'), 'warning')] : []),
    ...(number('unknown') > 0 ? [`${number('unknown')} unknown`] : []),
  ];
  const others = rest.length === 0 ? '' : ` (${rest.join(', ')})`;
  const hint = process.getuid?.() !== 0 && number('unknown') > 0 ? '; run as root to check more' : '';
  if (problems > 0) return style.red(`${count(problems, 'problem')} to solve${others}${hint}`);
  return style.green(`this machine can run labs${others}${hint}`);
}
