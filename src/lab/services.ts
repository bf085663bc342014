import { isDeepStrictEqual } from 'node:util';
import { checkArgument, PUBLIC_MODE, writeOwn } from '../base/index.ts';
import { lastExitOf, isReadyNow } from '../apply/index.ts';
import type { ObservedService, ServiceState } from '../state/index.ts';
import { LabMounts, type NodeProcess } from '../netns/index.ts';
import {
  labProcesses,
  observeServices,
  SERVICE_FILES,
  serviceFolder,
  serviceProcesses,
  type ServiceProcess,
} from '../observe/index.ts';
import type { Compiled } from '../topology/index.ts';
import { compileSaved } from '../store/index.ts';
import { rotateLogs } from './logs.ts';
import { requirePrivilege, statOf } from '../proc/index.ts';

/** The state of a service. */
export interface ServiceStatus {
  readonly node: string;
  readonly name: string;
  /**
   * `running`: its program runs. `restarting`: its program has ended and its supervisor will start it again. `done`: it
   * is a service with `ready: exit`, and has exited with status 0. `ended`: any other service whose program does not
   * run.
   */
  readonly state: 'running' | 'restarting' | 'done' | 'ended';
  /** The process ID of its program, while it runs. */
  readonly pid?: number;
  /** When its program started, or when it ended if it does not run, as ISO 8601; absent if unknown. */
  readonly since?: string;
  /** Whether it is ready. A running service without `ready` in the topology counts as ready. */
  readonly ready: boolean;
  /**
   * The exit status of its last run, 0 to 255; known only of supervised services (`restart`) and of those that are
   * done.
   */
  readonly status?: number;
  /** The program and its arguments. */
  readonly command: readonly string[];
  /**
   * Whether it runs as the topology defines it: false if the topology was changed and `up` has not been called since,
   * or if the topology does not have this service.
   */
  readonly current: boolean;
}

/** The services and other processes of a lab. */
export interface LabProcesses {
  /** In the order of the topology. */
  readonly services: readonly ServiceStatus[];
  /** Other processes in the lab's namespaces: children of services, and programs that users started there. */
  readonly others: readonly NodeProcess[];
}

/**
 * Reads the state of a lab's services and its other processes from the kernel. Tests once, now, whether a service is
 * ready that was not ready before.
 * @throws NotFoundError if no such lab is up; OtherMountNamespaceError, UnreadableError, CapabilityError
 */
export async function processes(lab: string): Promise<LabProcesses> {
  checkArgument('lab', lab, 'text');
  requirePrivilege(`reading lab "${lab}"`);
  return processesOf(compileSaved(lab));
}

export async function processesOf(compiled: Compiled): Promise<LabProcesses> {
  const { lab, nodes, state } = compiled;
  rotateLogs(compiled);
  const labMounts = new LabMounts(lab);
  const all = labProcesses(labMounts, labMounts.names());
  const ofServices = serviceProcesses(labMounts, all);
  const observed = observeServices(labMounts, labMounts.names());
  const services: ServiceStatus[] = [];
  const listed = new Set<number>();
  for (const [node, { namespace }] of Object.entries(nodes)) {
    const wanted = state.namespaces[namespace]?.services ?? {};
    const own = ofServices.filter((process) => process.namespace === namespace);
    const names = new Set([...Object.keys(wanted), ...own.flatMap(({ keeper, service }) => (keeper ? service : []))]);
    for (const name of names) {
      const parts = own.filter(({ service }) => service === name);
      for (const { pid, keeper, main, supervising } of parts) if (keeper || main || supervising) listed.add(pid);
      services.push(
        await statusOf(labMounts, {
          node,
          namespace,
          name,
          wanted: wanted[name],
          observed: observed.get(namespace)?.[name],
          parts,
        }),
      );
    }
  }
  return { services, others: all.filter(({ pid }) => !listed.has(pid)) };
}

/** A service whose status is to be determined. */
interface Subject {
  readonly node: string;
  readonly namespace: string;
  readonly name: string;
  readonly wanted: ServiceState | undefined;
  readonly observed: ObservedService | undefined;
  readonly parts: readonly ServiceProcess[];
}

async function statusOf(
  labMounts: LabMounts,
  { node, namespace, name, wanted, observed, parts }: Subject,
): Promise<ServiceStatus> {
  const folder = serviceFolder(labMounts, namespace, name);
  const keeper = parts.find((process) => process.keeper);
  const main = parts.find((process) => process.main);
  const [status, endedAt] = lastExitOf(folder);
  const { pending, ...spec }: Partial<ObservedService> = observed ?? {};
  const current = isDeepStrictEqual(spec, wanted);
  const common = {
    node,
    name,
    command: (keeper?.spec ?? wanted)!.command,
    current,
    ...(status !== undefined && { status }),
  };
  if (keeper === undefined) {
    const done = observed !== undefined;
    return { ...common, state: done ? 'done' : 'ended', ready: done, ...since(endedAt) };
  }
  // A supervisor that has not started the program for the first time yet counts as running.
  if (main === undefined)
    return { ...common, state: endedAt === undefined ? 'running' : 'restarting', ready: false, ...since(endedAt) };
  const ready = pending !== true || (await becomesReady(labMounts, namespace, name, keeper.spec));
  return { ...common, state: 'running', pid: main.pid, ready, ...since(statOf(main.pid)?.started) };
}

const since = (milliseconds: number | undefined): { since?: string } =>
  milliseconds === undefined ? {} : { since: new Date(milliseconds).toISOString() };

async function becomesReady(
  labMounts: LabMounts,
  namespace: string,
  name: string,
  spec: ServiceState,
): Promise<boolean> {
  if (spec.ready?.kind === 'exit' || !(await isReadyNow(labMounts, namespace, name, spec))) return false;
  writeOwn(`${serviceFolder(labMounts, namespace, name)}/${SERVICE_FILES.ready}`, '', PUBLIC_MODE);
  return true;
}
