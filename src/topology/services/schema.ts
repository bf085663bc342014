import * as v from 'valibot';
import {
  checkCommand,
  describe,
  duration,
  FormatError,
  isMap,
  keyName,
  NODE_NAME_MAX,
  port,
  record,
  splitCommand,
  strict,
  text,
  type DeepReadonly,
  type OneOf,
} from '../../format/index.ts';
import { parseServicePorts } from './ports.ts';

const RESTART = ['never', 'on-failure', 'always'] as const;
/** The signals that can stop a service. SIGKILL follows after the timeout. */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGKILL'] as const;

const command = v.union([
  text(splitCommand, 'A program and its arguments, split at spaces, with quotes as in a shell; runs without a shell'),
  v.pipe(
    v.array(v.string()),
    v.check((words) => {
      try {
        checkCommand(words);
        return true;
      } catch {
        return false;
      }
    }, 'a command is a list of words, the first of them a program'),
  ),
]);

function checkVariable(name: string): void {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    throw new FormatError(`invalid variable name ${JSON.stringify(name)}: use letters, digits and "_"`);
  if (name.startsWith('NETWRIGHT_SERVICE')) throw new FormatError(`the variable "${name}" is set by Netwright itself`);
}

function checkValue(value: string): void {
  if (value.includes('\0')) throw new FormatError('a variable must not contain a NUL character');
}

function checkPattern(pattern: string): void {
  try {
    // oxlint-disable-next-line no-new
    new RegExp(pattern, 'm');
  } catch (error) {
    throw new FormatError(`"${pattern}" is not a regular expression: ${(error as Error).message}`, { cause: error });
  }
}

function checkPath(path: string): void {
  if (!/^\/[!-~]*$/.test(path))
    throw new FormatError(`${JSON.stringify(path)} is not a valid path: it begins with "/" and contains no spaces`);
}

const path = text(checkPath, 'The path of the request, such as /health');

const readySchema = strict({
  tcp: v.optional(v.pipe(port, v.description('A port that something in the node listens on'))),
  http: v.optional(
    v.pipe(
      v.union([path, strict({ port: v.optional(port), path: v.optional(path) })]),
      v.description('A path whose response has a status below 400; on port 80 unless given'),
    ),
  ),
  log: v.optional(text(checkPattern, 'A regular expression that matches the output of the service')),
  command: v.optional(v.pipe(command, v.description('A program that is run in the node until it exits with status 0'))),
  exit: v.optional(
    v.pipe(
      v.literal(true),
      v.description('Ready when the service has exited with status 0: for a program that runs once'),
    ),
  ),
  timeout: v.optional(v.pipe(duration, v.description('10s when absent; 60s with `exit`'))),
});

const servicePort = v.union([port, text(parseServicePorts, 'A port or a range of ports, such as 53/udp')]);

const serviceSchema = strict({
  command,
  env: v.optional(
    v.pipe(
      record(
        text(checkVariable, 'The name of an environment variable'),
        v.union([text(checkValue, 'The value of an environment variable'), v.number(), v.boolean()]),
      ),
      v.description('Environment variables, added to the environment of `netwright up`'),
    ),
  ),
  cwd: v.optional(
    v.pipe(
      v.string(),
      v.description('The working directory, relative to the folder of the topology file, which is the default'),
    ),
  ),
  after: v.optional(
    v.pipe(
      v.union([v.string(), v.array(v.string())]),
      v.description('Services that must be ready first, each `node` or `node/service`'),
    ),
  ),
  ready: v.optional(v.pipe(readySchema, v.description('The condition that makes the service ready'))),
  ports: v.optional(
    v.pipe(
      v.union([servicePort, v.array(servicePort)]),
      v.description('All ports that the service listens on, in addition to that of `ready`; any when absent'),
    ),
  ),
  restart: v.optional(
    v.pipe(
      v.picklist(RESTART, ({ input }) => `${describe(input)} is no restart policy: never, on-failure or always`),
      v.description('When the service is restarted after it has ended; never when absent'),
    ),
  ),
  stop: v.optional(
    strict({
      signal: v.optional(
        v.picklist(SIGNALS, ({ input }) => `${describe(input)} is none of the signals ${SIGNALS.join(', ')}`),
      ),
      timeout: v.optional(v.pipe(duration, v.description('The time between the signal and SIGKILL; 2s when absent'))),
    }),
  ),
});

/** The schema of several services, by name. */
export const namedSchema = record(keyName('service', NODE_NAME_MAX), v.union([command, serviceSchema]));

const SERVICE_KEYS: ReadonlySet<string> = new Set([
  'command',
  'env',
  'cwd',
  'after',
  'ready',
  'ports',
  'restart',
  'stop',
]);

/** Whether a map is one service, and not services by name: it has `command` or only other keys of a service. */
export function isOneService(run: object): run is ServiceInput {
  const keys = Object.keys(run);
  // If `command` is a map, it is a service with that name.
  if (keys.includes('command')) return !isMap((run as { readonly command: unknown }).command);
  return keys.length > 0 && keys.every((key) => SERVICE_KEYS.has(key));
}

/** A command, a service, or services by name. Chooses the schema first, so that errors have a position. */
export const runSchema: v.GenericSchema<RunInput> = v.lazy((run) => {
  if (!isMap(run)) return command;
  return isOneService(run) ? serviceSchema : namedSchema;
}) as v.GenericSchema<RunInput>;

/** The same for JSON Schema, which cannot choose a schema by the value. */
export const runAlternatives = v.pipe(
  v.union([command, serviceSchema, namedSchema]),
  v.description('Services of the node: a command, a service, or several services by name'),
);

export type ServiceInput = DeepReadonly<Omit<v.InferOutput<typeof serviceSchema>, 'ready'>> & {
  readonly ready?: ReadyInput | undefined;
};
type CommandInput = ServiceInput['command'];
/** In services by name, one named `command` must be a map: otherwise the key is the command of a single service. */
export type RunInput =
  | CommandInput
  | ServiceInput
  | ({ readonly [name: string]: CommandInput | ServiceInput } & { readonly command?: ServiceInput });
type Ready = v.InferOutput<typeof readySchema>;
/** Exactly one condition. The schema accepts several, so that the resolver can report a better error. */
export type ReadyInput = DeepReadonly<Pick<Ready, 'timeout'> & OneOf<Omit<Ready, 'timeout'>>>;

/** The key `run` of a node. */
export const runKey = v.optional(runSchema);
