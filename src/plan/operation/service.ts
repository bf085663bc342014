import { nodeOf, ONLY_SERVICE, type NamespaceName, type Readiness, type ServiceState } from '../../state/index.ts';
import { place } from '../place.ts';
import { command, inside, quote } from '../shell.ts';
import type { Family, In } from './family.ts';

interface OfService extends In {
  readonly name: string;
  readonly service: ServiceState;
}

/** Starts a service. Processes that are left of an earlier service of that name are ended first. */
export interface StartService extends OfService {
  readonly op: 'start-service';
}

/** Waits until a running service is ready. */
export interface AwaitService extends OfService {
  readonly op: 'await-service';
}

/** Ends all processes of a service. */
export interface StopService extends OfService {
  readonly op: 'stop-service';
}

/** Operations on programs, which take time. All other operations are system calls that return at once. */
export type ServiceOperation = StartService | AwaitService | StopService;

const subject = ({ name }: OfService): string => `service ${name}`;

export const serviceOperations: Family<ServiceOperation> = {
  'start-service': {
    change: 'add',
    describe: ({ namespace, name, service }) =>
      `start service ${serviceName(namespace, name)}: ${command(service.command)}`,
    explain: () => 'A program in the node, in its own session (setsid), with its output in a log file.',
    render: startService,
    subject,
  },
  'await-service': {
    change: 'change',
    describe: ({ namespace, name, service }) =>
      `wait until service ${serviceName(namespace, name)} ${service.ready === undefined ? 'runs' : describeReadiness(service.ready)}`,
    explain: () => 'Services that depend on it start when it is ready.',
    render: awaitService,
    subject,
  },
  'stop-service': {
    change: 'remove',
    describe: ({ namespace, name, service }) =>
      `stop service ${serviceName(namespace, name)}: ${command(service.command)}`,
    explain: () => 'Every process of the service, found by an environment variable that its child processes inherit.',
    render: stopService,
    subject,
  },
};

export const isServiceOperation = <O extends { readonly op: string }>(op: O): op is Extract<O, ServiceOperation> =>
  Object.hasOwn(serviceOperations, op.op);

/** A service in words: `web`, or `web/api` if the node has several. */
const serviceName = (namespace: NamespaceName, name: string): string =>
  name === ONLY_SERVICE ? place(namespace) : `${place(namespace)}/${name}`;

function describeReadiness(ready: Readiness): string {
  switch (ready.kind) {
    case 'tcp':
      return `listens on port ${ready.port}`;
    case 'http':
      return `responds to GET http://localhost:${ready.port}${ready.path}`;
    case 'log':
      return `has printed ${JSON.stringify(ready.pattern)}`;
    case 'command':
      return `passes its check: ${command(ready.command)}`;
    case 'exit':
      return 'has exited with status 0';
  }
}

/** The file for a service's output in a script. Not in /tmp, where other users could create a symbolic link first. */
export const logPath = (namespace: string, name: string): string => `/run/${namespace}.${name}.log`;

const mark = (namespace: string, name: string): string => `NETWRIGHT_SERVICE=${nodeOf(namespace)}/${name}`;

/** A command line that runs a program in the node, with the environment of the service. */
function program(namespace: string, service: ServiceState, argv: readonly string[], marks: readonly string[]): string {
  const variables = Object.entries(service.env).map(([key, value]) => `${key}=${value}`);
  const all = [...marks, ...variables];
  return inside(namespace, all.length === 0 ? [] : ['env', ...all], argv);
}

function startService({ namespace, name, service }: StartService): string[] {
  const { cwd, restart, ready } = service;
  const log = quote(logPath(namespace, name));
  const run = program(namespace, service, service.command, [mark(namespace, name)]);
  const chdir = `cd ${quote(cwd)} &&`;
  // A service that is ready when it has exited runs in the foreground: the script waits for it.
  if (ready?.kind === 'exit') return [`(${chdir} ${run} </dev/null >>${log} 2>&1)`];
  const loop =
    restart === 'never'
      ? run
      : restart === 'always'
        ? `while :; do ${run}; sleep 1; done`
        : `until ${run}; do sleep 1; done`;
  const shell = restart === 'never' ? `exec setsid ${run}` : `exec setsid sh -c ${quote(loop)}`;
  return [`(${chdir} ${shell} </dev/null >>${log} 2>&1 &)`];
}

function awaitService({ namespace, name, service }: AwaitService): string[] {
  const { ready } = service;
  if (ready === undefined || ready.kind === 'exit') return [];
  const test = condition(namespace, name, service, ready);
  const tries = Math.max(1, Math.ceil(ready.timeout / 100));
  return [
    [
      'tries=0',
      `until ${test}; do`,
      `  tries=$((tries + 1)); if [ "$tries" -gt ${tries} ]; then echo ${quote(`${nodeOf(namespace)}/${name} is not ready`)} >&2; exit 1; fi`,
      '  sleep 0.1',
      'done',
    ].join('\n'),
  ];
}

function condition(namespace: string, name: string, service: ServiceState, ready: Readiness): string {
  switch (ready.kind) {
    case 'tcp':
      return `${inside(namespace, 'ss', '-Hltn', `sport = :${ready.port}`)} | grep -q .`;
    case 'http':
      return inside(namespace, 'sh', '-c', HTTP_CHECK, 'sh', ready.port, ready.path);
    case 'log':
      return `${command('grep', isExtended(ready.pattern) ? '-sqE' : '-sqP', '-e', ready.pattern)} ${quote(logPath(namespace, name))}`;
    case 'command':
      return `(cd ${quote(service.cwd)} && ${program(namespace, service, ready.command, [])} </dev/null >/dev/null 2>&1)`;
    case 'exit':
      return ':';
  }
}

/** A GET of path $2 from each address that listens on port $1, without a proxy and without ~/.curlrc. */
const HTTP_CHECK = [
  'for at in $(ss -Hltn "sport = :$1" | while read -r _ _ _ at _; do echo "$at"; done); do',
  'case $at in "*:"*) at=localhost:$1 ;; esac;',
  `curl -qgfso /dev/null -m 2 --noproxy '*' -H "Host: localhost:$1" "http://$at$2" && exit;`,
  'done; exit 1',
].join(' ');

/** Whether a JavaScript regular expression means the same in `grep -E`; `grep -P` supports the common syntax. */
export const isExtended = (pattern: string): boolean => !/\\[A-Za-z0-9]|\(\?|[*+?}]\?/.test(pattern);

function stopService({ namespace, name, service }: StopService): string[] {
  const lines = [
    `for pid in $(${command('ip', 'netns', 'pids', namespace)}); do`,
    `  if tr '\\0' '\\n' <"/proc/$pid/environ" | grep -qxF ${quote(mark(namespace, name))}; then kill -${service.stop.signal.replace(/^SIG/, '')} "$pid" || :; fi`,
    'done',
  ];
  return [lines.join('\n')];
}

/** Ends all processes in the namespace `$namespace`: SIGTERM, then SIGKILL after two seconds. */
export const END_PROCESSES: readonly string[] = [
  'for signal in TERM 0 0 0 0 0 0 0 0 0 KILL; do',
  '  pids=$(ip netns pids "$namespace" 2>/dev/null)',
  '  if [ -z "$pids" ]; then break; fi',
  '  kill "-$signal" $pids 2>/dev/null',
  '  sleep 0.2',
  'done',
];
