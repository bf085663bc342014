import { oneLine } from '../../base/index.ts';
import type { DownResult } from '../../lab/index.ts';
import type { Style } from './style.ts';
import { count, duration } from './words.ts';

/** What `down` prints about a lab. */
export function describeDown(result: DownResult, style: Style): string {
  const { lab, existed, namespaces, ended, spared, restored, kept, milliseconds } = result;
  if (!existed) return `nothing to remove: lab "${lab}" is down\n`;
  const lines = [
    `removed ${style.bold(lab)}: ${count(namespaces, 'namespace')} in ${duration(milliseconds)}`,
    ...ended.map(({ pid, namespace, command }) => `  ended ${pid} in ${namespace}: ${oneLine(command)}`),
    ...spared.map(
      ({ pid, namespace, command }) =>
        `  not ended: ${pid} in ${namespace}, the caller of this command: ${oneLine(command)}`,
    ),
    ...restored.map((setting) => `  restored on the host: ${setting}`),
    ...kept.map((setting) => `  kept on the host, because it is still needed: ${setting}`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}
