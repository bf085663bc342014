import { isAbsolute, join, normalize } from 'node:path';
import { didYouMean, dependencyCycle } from '../../base/index.ts';
import { ONLY_SERVICE, type Readiness, type ServiceState } from '../../state/index.ts';
import { isList, listOf, parseDuration, splitCommand, type Issues, type Path } from '../../format/index.ts';
import type { WiredNode } from '../wiring/index.ts';
import { EXIT_TIMEOUT, MAX_STOP_TIMEOUT, READY_TIMEOUT, STOP_TIMEOUT } from './defaults.ts';
import { portsOf, type ServicePorts } from './ports.ts';
import { isOneService, type ReadyInput, type RunInput, type ServiceInput } from './schema.ts';

/** A service as written, with its name and position. */
interface Written {
  readonly name: string;
  readonly input: ServiceInput;
  readonly path: Path;
}

/** The services of a node. */
export interface ModelServices {
  /** By name, in the order of the file. */
  readonly services: Readonly<Record<string, ServiceState>>;
  /** The ports that each service can listen on. */
  readonly servicePorts: readonly (readonly ServicePorts[] | 'any')[];
}

/**
 * Resolves the services of each node. Errors go to `issues`.
 * @param folder the folder that relative working directories start from
 */
export function resolveServices(
  nodes: readonly WiredNode[],
  run: (node: WiredNode) => RunInput | undefined,
  folder: string,
  issues: Issues,
): ReadonlyMap<WiredNode, ModelServices> {
  const written = nodes.map((node) => ({ node, services: writtenServices(run(node), node) }));
  const resolved = new Map<WiredNode, ModelServices>();
  const names = new Map(written.map(({ node, services }) => [node.name, services.map(({ name }) => name)]));
  const after = new Map<string, { readonly path: Path; readonly after: readonly string[] }>();
  for (const { node, services: inputs } of written) {
    const services: Record<string, ServiceState> = {};
    const servicePorts: (readonly ServicePorts[] | 'any')[] = [];
    for (const { name, input, path } of inputs) {
      const awaited = dependencies(input, path, names, issues);
      after.set(`${node.name}/${name}`, { path, after: awaited });
      services[name] = {
        command: argumentsOf(input.command),
        env: Object.fromEntries(Object.entries(input.env ?? {}).map(([key, value]) => [key, String(value)])),
        cwd: folderOf(input.cwd, path, folder, issues),
        after: [...new Set(awaited)].toSorted(),
        ...readiness(input, path, issues),
        restart: input.restart ?? 'never',
        stop: stopOf(input, path, issues),
      };
      servicePorts.push(portsOf(input.ports, services[name]));
    }
    resolved.set(node, { services, servicePorts });
  }
  const cycle = dependencyCycle(new Map([...after].map(([name, { after: awaited }]) => [name, awaited])));
  if (cycle !== undefined)
    issues.add(
      [...after.get(cycle[0]!)!.path, 'after'],
      `dependency cycle of services: ${[...cycle, cycle[0]!].join(' after ')}`,
    );
  return resolved;
}

function writtenServices(run: RunInput | undefined, { path }: WiredNode): Written[] {
  if (run === undefined) return [];
  const keyPath = [...path, 'run'];
  if (typeof run === 'string' || isList(run)) return [{ name: ONLY_SERVICE, input: { command: run }, path: keyPath }];
  if (isOneService(run)) return [{ name: ONLY_SERVICE, input: run, path: keyPath }];
  return Object.entries(run).map(([key, value]) => ({
    name: key,
    input: typeof value === 'string' || isList(value) ? { command: value } : value,
    path: [...keyPath, key],
  }));
}

const argumentsOf = (command: ServiceInput['command']): readonly string[] =>
  typeof command === 'string' ? splitCommand(command) : command;

function folderOf(cwd: string | undefined, path: Path, folder: string, issues: Issues): string {
  if (cwd === undefined) return folder;
  if (cwd === '' || cwd.includes('\0')) issues.add([...path, 'cwd'], 'the working directory has no name');
  const directory = normalize(isAbsolute(cwd) ? cwd : join(folder, cwd));
  return directory.length > 1 && directory.endsWith('/') ? directory.slice(0, -1) : directory;
}

/** The services that a service waits for, each as `node/service`. */
function dependencies(
  { after }: ServiceInput,
  path: Path,
  names: ReadonlyMap<string, readonly string[]>,
  issues: Issues,
): string[] {
  return listOf(after).flatMap((text, i) => {
    const keyPath = typeof after === 'string' ? [...path, 'after'] : [...path, 'after', i];
    const [node = '', service, ...rest] = text.split('/');
    const services = names.get(node);
    if (services === undefined || rest.length > 0) {
      issues.add(keyPath, `there is no node "${node}"${didYouMean(node, names.keys())}`);
    } else if (services.length === 0) {
      issues.add(keyPath, `the node "${node}" has no services to wait for: give it a "run"`);
    } else if (service === undefined) {
      return services.map((name) => `${node}/${name}`);
    } else if (services.includes(service)) {
      return [text];
    } else {
      issues.add(keyPath, `the node "${node}" has no service "${service}"${didYouMean(service, services)}`);
    }
    return [];
  });
}

function readiness(input: ServiceInput, path: Path, issues: Issues): { ready?: Readiness } {
  const { ready, restart } = input;
  if (ready === undefined) return {};
  const keyPath = [...path, 'ready'];
  const conditions = (['tcp', 'http', 'log', 'command', 'exit'] as const).filter((kind) => ready[kind] !== undefined);
  if (conditions.length !== 1) {
    issues.add(
      keyPath,
      `"ready" needs one of tcp, http, log, command and exit, not ${conditions.length === 0 ? 'none' : 'several'}`,
    );
    return {};
  }
  if (ready.exit !== undefined && restart === 'always')
    issues.add(keyPath, '"ready: { exit: true }" cannot be combined with "restart: always"');
  const defaultTimeout = ready.exit === undefined ? READY_TIMEOUT : EXIT_TIMEOUT;
  const timeout = ready.timeout === undefined ? defaultTimeout : parseDuration(ready.timeout);
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
  return command === undefined ? { kind: 'exit' } : { kind: 'command', command: argumentsOf(command) };
}

function stopOf({ stop }: ServiceInput, path: Path, issues: Issues): ServiceState['stop'] {
  const timeout = stop?.timeout === undefined ? STOP_TIMEOUT : parseDuration(stop.timeout);
  if (timeout > MAX_STOP_TIMEOUT)
    issues.add([...path, 'stop', 'timeout'], `the maximum stop timeout is ${MAX_STOP_TIMEOUT / 60_000} minutes`);
  return { signal: stop?.signal ?? 'SIGTERM', timeout };
}
