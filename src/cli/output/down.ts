import { oneLine } from '../../base/printable.ts';
import type { DownResult } from '../../lab/index.ts';
import type { Style } from './style.ts';
import { count, duration } from './words.ts';

/** What `down` says it did to a lab. */
export function describeDown(result: DownResult, style: Style): string {
  const { lab, existed, namespaces, ended, spared, restored, kept, milliseconds } = result;
  if (!existed) return `nothing to remove: lab "${lab}" is down\n`;
  const lines = [
    `${style.bold(lab)} is gone: ${count(namespaces, 'namespace')} removed in ${duration(milliseconds)}`,
    ...ended.map(({ pid, namespace, command }) => `  ended ${pid} in ${namespace}: ${oneLine(command)}`),
    ...spared.map(
      ({ pid, namespace, command }) => `  left running ${pid} in ${namespace}, which started this: ${oneLine(command)}`,
    ),
    ...restored.map((setting) => `  put back on the host: ${setting}`),
    ...kept.map((setting) => `  kept on the host, since something else needs it: ${setting}`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}
