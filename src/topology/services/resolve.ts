import { isAbsolute, join, normalize } from 'node:path';
import { didYouMean } from '../../base/text.ts';
import { ONLY_SERVICE, type Readiness, type ServiceState } from '../../state/index.ts';
import { type Path, type Issues, parseDuration } from '../../format/index.ts';
import type { ModelNode } from '../model.ts';
import type { Topology } from '../schema.ts';
import { dependencyCycle } from './cycle.ts';
import { EXIT_TIMEOUT, MAX_STOP_TIMEOUT, READY_TIMEOUT, STOP_TIMEOUT } from './defaults.ts';
import { portsOf } from './ports.ts';
import { isOneService, type ReadyInput, type RunInput, type ServiceInput } from './schema.ts';
import { splitWords } from './words.ts';

interface Written {
  readonly name: string;
  readonly input: ServiceInput;
  readonly path: Path;
}

/** Gives nodes the services that their topology says. What is wrong goes to `issues`. */
export function resolveServices(topology: Topology, nodes: readonly ModelNode[], folder: string, issues: Issues): void {
  const written = nodes.map((node) => ({ node, services: writtenServices(topology, node) }));
  const names = new Map(written.map(({ node, services }) => [node.name, services.map(({ name }) => name)]));
  const after = new Map<string, { readonly path: Path; readonly after: readonly string[] }>();
  for (const { node, services } of written) {
    for (const { name, input, path } of services) {
      const awaited = dependencies(input, path, names, issues);
      after.set(`${node.name}/${name}`, { path, after: awaited });
      node.services[name] = {
        command: wordsOf(input.command),
        env: Object.fromEntries(Object.entries(input.env ?? {}).map(([key, value]) => [key, String(value)])),
        cwd: folderOf(input.cwd, path, folder, issues),
        after: [...new Set(awaited)].toSorted(),
        ...readiness(input, path, issues),
        restart: input.restart ?? 'never',
        stop: stopOf(input, path, issues),
      };
      node.servicePorts.push(portsOf(input.ports, node.services[name]));
    }
  }
  const cycle = dependencyCycle(new Map([...after].map(([name, { after: awaited }]) => [name, awaited])));
  if (cycle !== undefined)
    issues.add(
      [...after.get(cycle[0]!)!.path, 'after'],
      `services wait for each other in a circle: ${[...cycle, cycle[0]!].join(' after ')}`,
    );
}

function writtenServices(topology: Topology, { name, path }: ModelNode): Written[] {
  const run: RunInput | undefined = topology.nodes?.[name]?.run as RunInput | undefined;
  if (run === undefined) return [];
  const at = [...path, 'run'];
  if (typeof run === 'string' || Array.isArray(run)) return [{ name: ONLY_SERVICE, input: { command: run }, path: at }];
  if (isOneService(run)) return [{ name: ONLY_SERVICE, input: run, path: at }];
  return Object.entries(run).map(([key, value]) => ({
    name: key,
    input: typeof value === 'string' || Array.isArray(value) ? { command: value } : value,
    path: [...at, key],
  }));
}

const wordsOf = (command: ServiceInput['command']): readonly string[] =>
  typeof command === 'string' ? splitWords(command) : command;

function folderOf(cwd: string | undefined, path: Path, folder: string, issues: Issues): string {
  if (cwd === undefined) return folder;
  if (cwd === '' || cwd.includes('\0')) issues.add([...path, 'cwd'], 'the working directory has no name');
  const at = normalize(isAbsolute(cwd) ? cwd : join(folder, cwd));
  return at.length > 1 && at.endsWith('/') ? at.slice(0, -1) : at;
}

/** The services that one waits for, as `node/service`. */
function dependencies(
  { after = [] }: ServiceInput,
  path: Path,
  names: ReadonlyMap<string, readonly string[]>,
  issues: Issues,
): string[] {
  const list = typeof after === 'string' ? [after] : after;
  return list.flatMap((text, i) => {
    const at = typeof after === 'string' ? [...path, 'after'] : [...path, 'after', i];
    const [node = '', service, ...rest] = text.split('/');
    const services = names.get(node);
    if (services === undefined || rest.length > 0) {
      issues.add(at, `there is no node "${node}"${didYouMean(node, names.keys())}`);
    } else if (services.length === 0) {
      issues.add(at, `the node "${node}" runs nothing to wait for: give it a "run"`);
    } else if (service === undefined) {
      return services.map((name) => `${node}/${name}`);
    } else if (services.includes(service)) {
      return [text];
    } else {
      issues.add(at, `the node "${node}" has no service "${service}"${didYouMean(service, services)}`);
    }
    return [];
  });
}

function readiness(input: ServiceInput, path: Path, issues: Issues): { ready?: Readiness } {
  const { ready, restart } = input;
  if (ready === undefined) return {};
  const at = [...path, 'ready'];
  const given = (['tcp', 'http', 'log', 'command', 'exit'] as const).filter((kind) => ready[kind] !== undefined);
  if (given.length !== 1) {
    issues.add(
      at,
      `what is ready is told by one of tcp, http, log, command and exit, not ${given.length === 0 ? 'none' : 'several'}`,
    );
    return {};
  }
  if (ready.exit !== undefined && restart === 'always')
    issues.add(at, 'what is ready when it has ended cannot be started again always');
  const usual = ready.exit === undefined ? READY_TIMEOUT : EXIT_TIMEOUT;
  const timeout = ready.timeout === undefined ? usual : parseDuration(ready.timeout);
  return { ready: { ...conditionOf(ready), timeout } };
}

type Condition<R> = R extends unknown ? Omit<R, 'timeout'> : never;

function conditionOf({ tcp, http, log, command }: ReadyInput): Condition<Readiness> {
  if (tcp !== undefined) return { kind: 'tcp', port: tcp };
  if (http !== undefined) {
    const { port = 80, path = '/' } = typeof http === 'string' ? { path: http } : http;
    return { kind: 'http', port, path };
  }
  if (log !== undefined) return { kind: 'log', pattern: log };
  return command === undefined ? { kind: 'exit' } : { kind: 'command', command: wordsOf(command) };
}

function stopOf({ stop }: ServiceInput, path: Path, issues: Issues): ServiceState['stop'] {
  const timeout = stop?.timeout === undefined ? STOP_TIMEOUT : parseDuration(stop.timeout);
  if (timeout > MAX_STOP_TIMEOUT)
    issues.add([...path, 'stop', 'timeout'], `a service has at most ${MAX_STOP_TIMEOUT / 60_000} minutes to end`);
  return { signal: stop?.signal ?? 'SIGTERM', timeout };
}
