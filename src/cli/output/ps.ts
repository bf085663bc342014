import type { LabProcesses, ServiceStatus } from '../../lab/index.ts';
import { nodeOf, ONLY_SERVICE } from '../../state/index.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

/** The output of `ps`. */
export function describeProcesses(lab: string, { services, others }: LabProcesses, style: Style): string {
  if (services.length === 0 && others.length === 0) return `no processes in ${lab}\n`;
  const rows = services.map((service) => [
    service.node,
    service.name === ONLY_SERVICE ? style.dim(ONLY_SERVICE) : service.name,
    stateOf(service, style),
    service.pid === undefined ? style.dim('-') : String(service.pid),
    service.since === undefined ? style.dim('-') : age(service.since),
    readyOf(service, style),
    `${service.command.join(' ')}${service.current || service.state === 'ended' ? '' : style.yellow('  (differs from the file)')}`,
  ]);
  const head = ['NODE', 'SERVICE', 'STATE', 'PID', 'SINCE', 'READY', 'COMMAND'].map(style.dim);
  const rest = others.map(({ pid, namespace, command }) => [String(pid), nodeOf(namespace) ?? lab, command]);
  return [
    ...(services.length === 0 ? [] : table([head, ...rows])),
    ...(services.length === 0 || others.length === 0 ? [] : ['']),
    ...(others.length === 0 ? [] : [style.dim('other processes'), ...table(rest)]),
    '',
  ].join('\n');
}

function stateOf({ state, status }: ServiceStatus, style: Style): string {
  const suffix = status === undefined ? '' : `, status ${status}`;
  switch (state) {
    case 'running':
      return style.green(state);
    case 'restarting':
      return style.yellow(`${state}${suffix}`);
    case 'done':
      return style.green(state);
    case 'ended':
      return style.red(`${state}${suffix}`);
  }
}

const readyOf = ({ ready, state }: ServiceStatus, style: Style): string =>
  ready ? style.green('yes') : state === 'running' ? style.yellow('not yet') : style.dim('-');

/** The time since then, in its largest unit: `5s`, `3m`, `2h`, `4d`. */
function age(since: string): string {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(since)) / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
