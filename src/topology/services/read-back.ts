import { ONLY_SERVICE, type Readiness, type ServiceState } from '../../state/index.ts';
import { EXIT_TIMEOUT, READY_TIMEOUT, STOP_TIMEOUT } from './defaults.ts';
import type { ReadyInput, RunInput, ServiceInput } from './schema.ts';
import { joinCommand } from '../../format/index.ts';

/** The key `run` of a node with these services, without default values. */
export function readBackServices(services: Readonly<Record<string, ServiceState>> = {}): { run?: RunInput } {
  const entries = Object.entries(services);
  if (entries.length === 0) return {};
  const [[first, only]] = entries as [[string, ServiceState]];
  if (entries.length === 1 && first === ONLY_SERVICE) return { run: written(only) };
  return { run: Object.fromEntries(entries.map(([name, service]) => [name, written(service)])) };
}

function written({ command, env, cwd, after, ready, restart, stop }: ServiceState): ServiceInput {
  return {
    command: joinCommand(command),
    ...(Object.keys(env).length > 0 && { env }),
    cwd,
    ...(after.length > 0 && { after: after.length === 1 ? after[0]! : [...after] }),
    ...(ready !== undefined && { ready: readyOf(ready) }),
    ...(restart !== 'never' && { restart }),
    ...stopOf(stop),
  };
}

function readyOf(ready: Readiness): ReadyInput {
  const defaultTimeout = ready.kind === 'exit' ? EXIT_TIMEOUT : READY_TIMEOUT;
  return { ...conditionOf(ready), ...(ready.timeout !== defaultTimeout && { timeout: durationText(ready.timeout) }) };
}

function conditionOf(ready: Readiness): ReadyInput {
  switch (ready.kind) {
    case 'tcp':
      return { tcp: ready.port };
    case 'http':
      return { http: ready.port === 80 ? ready.path : { port: ready.port, path: ready.path } };
    case 'log':
      return { log: ready.pattern };
    case 'command':
      return { command: joinCommand(ready.command) };
    case 'exit':
      return { exit: true };
  }
}

function stopOf({ signal, timeout }: ServiceState['stop']): Pick<ServiceInput, 'stop'> {
  const stop = {
    ...(signal !== 'SIGTERM' && { signal: signal as NonNullable<NonNullable<ServiceInput['stop']>['signal']> }),
    ...(timeout !== STOP_TIMEOUT && { timeout: durationText(timeout) }),
  };
  return Object.keys(stop).length === 0 ? {} : { stop };
}

const durationText = (milliseconds: number): string => `${milliseconds}ms`;
