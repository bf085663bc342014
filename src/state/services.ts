import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import type { NamespaceName, ServiceState } from '../model/index.ts';
import { checkName, environmentOf, processesIn, statOf, type NodeProcess, type Pins } from '../netns/index.ts';
import { parseSpec } from './services/spec.ts';

/*
 * A service is known by its processes: by the namespace they are in, and by variables that they were started with and
 * pass on to theirs. No process id is kept anywhere.
 */

/** Whose the process is: `NODE/SERVICE`. */
export const SERVICE_VARIABLE = 'NETWRIGHT_SERVICE';
/** What the service was started as: a ServiceState in JSON. */
export const SPEC_VARIABLE = 'NETWRIGHT_SERVICE_SPEC';
/** The process that stands for the service, as SYSTEMD_EXEC_PID. Set for the program, and not for who starts it. */
export const PID_VARIABLE = 'NETWRIGHT_SERVICE_PID';

/** What a lab keeps of its services, one folder each. */
export const servicesFolder = (pins: Pins): string => `${pins.root}/services`;

/** Whether any service of a lab was ever started. */
export const hasServices = (pins: Pins): boolean => existsSync(servicesFolder(pins));

/** Where a service's log and what has become of it are kept. */
export const serviceFolder = (pins: Pins, namespace: NamespaceName, name: string): string =>
  `${servicesFolder(pins)}/${checkName(namespace.slice(pins.lab.length + 1))}/${checkName(name)}`;

/** The files of a service's folder. */
export const SERVICE_FILES = {
  log: 'log',
  /** Empty: what runs is ready. Removed when it ends. */
  ready: 'ready',
  /** The status it last ended with, and when, in seconds since the epoch. Of services that are watched over. */
  ended: 'ended',
  /** What has ended with status 0: a ServiceState in JSON. */
  done: 'done',
} as const;

export interface ServiceProcess extends NodeProcess {
  readonly service: string;
  readonly spec: ServiceState;
  /** Whether the service runs as long as this process does: its program, or what starts its program again. */
  readonly keeper: boolean;
  /** Whether it is the program itself, and not one of its children. */
  readonly main: boolean;
}

/** The processes of a lab's services, among those that run in its namespaces. */
export function serviceProcesses(processes: readonly NodeProcess[]): ServiceProcess[] {
  const found = processes.flatMap((process) => {
    const environment = environmentOf(process.pid);
    const mark = environment?.get(SERVICE_VARIABLE)?.split('/');
    const spec = parseSpec(environment?.get(SPEC_VARIABLE));
    const stat = statOf(process.pid);
    if (mark === undefined || spec === undefined || stat === undefined) return [];
    const [node, service] = mark;
    // Whoever entered another node from this one is no service of that.
    if (service === undefined || mark.length > 2 || !process.namespace.endsWith(`.${node}`)) return [];
    const program = environment!.get(PID_VARIABLE);
    const keeper = stat.session === process.pid && (program === undefined || program === String(process.pid));
    return [{ ...process, service, spec, keeper, program, parent: stat.parent }];
  });
  const starters = new Set(found.flatMap(({ pid, keeper, program }) => (keeper && program === undefined ? pid : [])));
  return found.map(({ program, parent, ...process }) => ({
    ...process,
    main: process.keeper ? program !== undefined : starters.has(parent) && program === String(parent),
  }));
}

/** Whether a process is what starts a program again, and not the program. */
export const isSupervisor = ({ keeper, main }: ServiceProcess): boolean => keeper && !main;

/** What a lab's services are, by namespace. Looks at no process of a lab that never had a service. */
export function observeServices(
  pins: Pins,
  namespaces: readonly NamespaceName[],
): ReadonlyMap<NamespaceName, Readonly<Record<string, ServiceState>>> {
  const all = new Map<NamespaceName, Record<string, ServiceState>>();
  if (!hasServices(pins)) return all;
  const put = (namespace: NamespaceName, name: string, service: ServiceState): void => {
    const known = all.get(namespace);
    if (known === undefined) all.set(namespace, { [name]: service });
    else known[name] = service;
  };
  for (const { namespace, name, spec } of finishedServices(pins, namespaces)) put(namespace, name, spec);
  for (const { namespace, service, spec, keeper } of serviceProcesses(processesIn(pins, namespaces))) {
    if (!keeper) continue;
    const pending =
      spec.ready !== undefined && !existsSync(`${serviceFolder(pins, namespace, service)}/${SERVICE_FILES.ready}`);
    put(namespace, service, pending ? { ...spec, pending } : spec);
  }
  return all;
}

/** What has run to its end, as it should. */
function finishedServices(
  pins: Pins,
  namespaces: readonly NamespaceName[],
): { readonly namespace: NamespaceName; readonly name: string; readonly spec: ServiceState }[] {
  return namespaces.flatMap((namespace) =>
    foldersOf(pins, namespace).flatMap((name) => {
      const spec = parseSpec(textOf(`${serviceFolder(pins, namespace, name)}/${SERVICE_FILES.done}`));
      return spec?.ready?.kind === 'exit' ? [{ namespace, name, spec }] : [];
    }),
  );
}

/** Forgets which of a node's services have run to their end: they are to run again. */
export function forgetFinished(pins: Pins, namespace: NamespaceName): void {
  if (!hasServices(pins)) return;
  for (const name of foldersOf(pins, namespace))
    rmSync(`${serviceFolder(pins, namespace, name)}/${SERVICE_FILES.done}`, { force: true });
}

/** The services of a node that have ever been started. */
function foldersOf(pins: Pins, namespace: NamespaceName): string[] {
  if (namespace === pins.lab) return [];
  try {
    return readdirSync(`${servicesFolder(pins)}/${checkName(namespace.slice(pins.lab.length + 1))}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
