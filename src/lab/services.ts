import { isDeepStrictEqual } from 'node:util';
import { checkArgument, PUBLIC_MODE, writeOwn } from '../base/index.ts';
import { endedOf, isReadyNow } from '../apply/index.ts';
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

/** How a service is. */
export interface ServiceStatus {
  readonly node: string;
  readonly name: string;
  /**
   * `running`; `restarting`, between two runs of a service that is started again; `done`, of one that is ready when it has
   * ended, and has; `ended` otherwise.
   */
  readonly state: 'running' | 'restarting' | 'done' | 'ended';
  /** Of the program, while it runs. */
  readonly pid?: number;
  /** When the program was started, or, of one that does not run, when it ended, if that is known: ISO 8601. */
  readonly since?: string;
  /** Whether it can be used. One that runs and says nothing of it counts as ready. */
  readonly ready: boolean;
  /** What its last run ended with, where somebody was there to learn it: of services that are started again, or are done. */
  readonly status?: number;
  readonly command: readonly string[];
  /** Whether it runs as the topology says; false after a change that `up` has not carried out, or for what it does not say. */
  readonly current: boolean;
}

/** What runs in a lab. */
export interface LabProcesses {
  readonly services: readonly ServiceStatus[];
  /** What else runs in the lab's namespaces: children of services, and programs that somebody started there. */
  readonly others: readonly NodeProcess[];
}

/**
 * The services of a lab as the kernel has them, in the order of its topology, and what else runs in it. Whether a service
 * is ready that was not known to be is asked once, now.
 * @throws NotFoundError, CapabilityError
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
  const found = labProcesses(labMounts, labMounts.names());
  const marked = serviceProcesses(labMounts, found);
  const observed = observeServices(labMounts, labMounts.names());
  const services: ServiceStatus[] = [];
  const told = new Set<number>();
  for (const [node, { namespace }] of Object.entries(nodes)) {
    const wanted = state.namespaces[namespace]?.services ?? {};
    const own = marked.filter((one) => one.namespace === namespace);
    const names = new Set([...Object.keys(wanted), ...own.flatMap(({ keeper, service }) => (keeper ? service : []))]);
    for (const name of names) {
      const parts = own.filter(({ service }) => service === name);
      for (const { pid, keeper, main, supervising } of parts) if (keeper || main || supervising) told.add(pid);
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
  return { services, others: found.filter(({ pid }) => !told.has(pid)) };
}

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
  const keeper = parts.find((one) => one.keeper);
  const main = parts.find((one) => one.main);
  const [status, endedAt] = endedOf(folder);
  const { pending, ...spec }: Partial<ObservedService> = observed ?? {};
  const current = isDeepStrictEqual(spec, wanted);
  const is = {
    node,
    name,
    command: (keeper?.spec ?? wanted)!.command,
    current,
    ...(status !== undefined && { status }),
  };
  if (keeper === undefined) {
    const done = observed !== undefined;
    return { ...is, state: done ? 'done' : 'ended', ready: done, ...at(endedAt) };
  }
  // At its very beginning there is nothing but what starts it.
  if (main === undefined)
    return { ...is, state: endedAt === undefined ? 'running' : 'restarting', ready: false, ...at(endedAt) };
  const ready = pending !== true || (await becomesReady(labMounts, namespace, name, keeper.spec));
  return { ...is, state: 'running', pid: main.pid, ready, ...at(statOf(main.pid)?.started) };
}

const at = (milliseconds: number | undefined): { since?: string } =>
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
