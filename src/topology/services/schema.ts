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
/** Signals that a program may be told to end by. SIGKILL follows in any case. */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGKILL'] as const;

const command = v.union([
  text(splitCommand, 'A program and its arguments, split at blanks, with quotes as in a shell; no shell reads it'),
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
    throw new FormatError(`${JSON.stringify(name)} is no name for a variable: use letters, digits and "_"`);
  if (name.startsWith('NETWRIGHT_SERVICE')) throw new FormatError(`the variable "${name}" is set by Netwright itself`);
}

function checkValue(value: string): void {
  if (value.includes('\0')) throw new FormatError('a variable has no NUL character in it');
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
    throw new FormatError(`${JSON.stringify(path)} is not a path to ask for: it begins with "/" and has no blanks`);
}

const path = text(checkPath, 'What is asked for, such as /health');

const readySchema = strict({
  tcp: v.optional(v.pipe(port, v.description('A port that something in the node listens on'))),
  http: v.optional(
    v.pipe(
      v.union([path, strict({ port: v.optional(port), path: v.optional(path) })]),
      v.description('A path that is answered with a status below 400; on port 80 unless given'),
    ),
  ),
  log: v.optional(text(checkPattern, 'A regular expression that what it prints matches')),
  command: v.optional(
    v.pipe(command, v.description('A program that ends with status 0, run in the node until it does')),
  ),
  exit: v.optional(v.pipe(v.literal(true), v.description('It has ended with status 0: for what runs once'))),
  timeout: v.optional(v.pipe(duration, v.description('10s when absent; 60s with `exit`'))),
});

const servicePort = v.union([port, text(parseServicePorts, 'A port or a range of ports, such as 53/udp')]);

const serviceSchema = strict({
  command,
  env: v.optional(
    v.pipe(
      record(
        text(checkVariable, 'The name of a variable'),
        v.union([text(checkValue, 'The value of a variable'), v.number(), v.boolean()]),
      ),
      v.description('Variables, besides the environment of whoever brings the lab up'),
    ),
  ),
  cwd: v.optional(v.pipe(v.string(), v.description("Relative to the topology file's folder, which it is when absent"))),
  after: v.optional(
    v.pipe(
      v.union([v.string(), v.array(v.string())]),
      v.description('Services that must be ready before, each `node` or `node/service`'),
    ),
  ),
  ready: v.optional(v.pipe(readySchema, v.description('What shows that it is ready'))),
  ports: v.optional(
    v.pipe(
      v.union([servicePort, v.array(servicePort)]),
      v.description('All ports that it listens on, besides that of `ready`; any when absent'),
    ),
  ),
  restart: v.optional(
    v.pipe(
      v.picklist(RESTART, ({ input }) => `${describe(input)} is no restart policy: never, on-failure or always`),
      v.description('When it is started again after it has ended; never when absent'),
    ),
  ),
  stop: v.optional(
    strict({
      signal: v.optional(
        v.picklist(SIGNALS, ({ input }) => `${describe(input)} is none of the signals ${SIGNALS.join(', ')}`),
      ),
      timeout: v.optional(v.pipe(duration, v.description('How long it has to end before SIGKILL; 2s when absent'))),
    }),
  ),
});

/** Several services, by name. */
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

/** Whether a map is one service and not several by name: by its command or, where that was forgotten, all other keys. */
export function isOneService(run: object): run is ServiceInput {
  const keys = Object.keys(run);
  // A map is a service of that name.
  if (keys.includes('command')) return !isMap((run as { readonly command: unknown }).command);
  return keys.length > 0 && keys.every((key) => SERVICE_KEYS.has(key));
}

/** What a node runs: a command, a service, or several services by name. Told apart first, so that faults have a place. */
export const runSchema: v.GenericSchema<RunInput> = v.lazy((run) => {
  if (!isMap(run)) return command;
  return isOneService(run) ? serviceSchema : namedSchema;
}) as v.GenericSchema<RunInput>;

/** The same for JSON Schema, which cannot look first. */
export const runAlternatives = v.pipe(
  v.union([command, serviceSchema, namedSchema]),
  v.description('Programs kept in the node: a command, a service, or several services by name'),
);

export type ServiceInput = DeepReadonly<Omit<v.InferOutput<typeof serviceSchema>, 'ready'>> & {
  readonly ready?: ReadyInput | undefined;
};
type CommandInput = ServiceInput['command'];
/** Of several, one that is called `command` is written as a map: a map with a command in words is one service. */
export type RunInput =
  | CommandInput
  | ServiceInput
  | ({ readonly [name: string]: CommandInput | ServiceInput } & { readonly command?: ServiceInput });
type Ready = v.InferOutput<typeof readySchema>;
/** What shows that a service is ready is one thing: the schema takes several, so that a message can say so. */
export type ReadyInput = DeepReadonly<Pick<Ready, 'timeout'> & OneOf<Omit<Ready, 'timeout'>>>;

/** The key `run` of a node. */
export const runKey = v.optional(runSchema);
