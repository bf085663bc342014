import { existsSync, readdirSync, rmSync } from 'node:fs';
import { readOwn } from '../base/index.ts';
import { namespaceName, nodeOf, type NamespaceName, type ObservedService, type ServiceState } from '../state/index.ts';
import {
  isNamespace,
  namespaceInode,
  processesIn,
  processesOf,
  type NodeProcess,
  type LabMounts,
} from '../netns/index.ts';
import { hasServices, nodeFolder, SERVICE_FILES, serviceFolder, servicesFolder } from './service-folder.ts';
import { environmentOf, mountinfoOf, mountsBelow, statOf } from '../proc/index.ts';
import { parseSpec } from './service-spec.ts';

/*
 * The processes of a service are recognized by their network namespace and by a mark, which child processes inherit: a
 * file of the service's folder is mounted in their mount namespace (/proc/PID/mountinfo). After chroot(2), mountinfo
 * does not list mounts outside of the new root; then an environment variable with the same content counts. The variable
 * alone would not suffice, since programs that set their title (nginx, PostgreSQL) overwrite their environment.
 */

/** The environment variable with the name of a process's service: `NODE/SERVICE`. */
export const SERVICE_VARIABLE = 'NETWRIGHT_SERVICE';

export interface ServiceProcess extends NodeProcess {
  readonly service: string;
  readonly spec: ServiceState;
  /** Whether the service runs as long as this process: the supervisor if there is one, otherwise the program. */
  readonly keeper: boolean;
  /** Whether it is the program itself, not a child process. */
  readonly main: boolean;
  /** Whether it is the supervisor, or a tool that the supervisor runs. */
  readonly supervising: boolean;
}

/**
 * The processes in namespaces of a lab, and all processes of its services, also those that have moved to other network
 * namespaces or whose namespace is no longer pinned. Their `namespace` is that of their node.
 */
export function labProcesses(labMounts: LabMounts, namespaces: readonly NamespaceName[]): NodeProcess[] {
  if (!hasServices(labMounts)) return processesIn(labMounts, namespaces);
  return processesOf(labMounts, namespaces, (pid) => {
    const node = mountedService(labMounts, pid)?.node;
    return node === undefined ? undefined : namespaceName({ lab: labMounts.lab, node });
  });
}

/**
 * Processes that are known not to belong to services of a node: `net:[INODE]` of their network namespace, by process
 * id.
 */
export type NonServiceProcesses = Map<number, string>;

/**
 * The result of {@link labProcesses} for one node. Processes in other nodes are recognized by their environment
 * variable alone, and are skipped in later calls with the same map.
 */
export function nodeProcesses(
  labMounts: LabMounts,
  namespace: NamespaceName,
  nonService: NonServiceProcesses = new Map(),
): NodeProcess[] {
  const { lab } = labMounts;
  const inodes = new Map<string, string>();
  const netOf = (node: string): string => {
    const known = inodes.get(node);
    if (known !== undefined) return known;
    const path = labMounts.path(namespaceName({ lab, node }));
    const net = isNamespace(path) ? `net:[${namespaceInode(path)}]` : '';
    inodes.set(node, net);
    return net;
  };
  return processesOf(labMounts, [namespace], (pid, net) => {
    if (nonService.get(pid) === net) return undefined;
    const claimed = variableOf(pid)?.node;
    const node = claimed !== undefined && netOf(claimed) === net ? claimed : mountedService(labMounts, pid)?.node;
    if (node !== undefined && namespaceName({ lab, node }) === namespace) return namespace;
    nonService.set(pid, net);
    return undefined;
  });
}

/** The processes of services among processes of a lab. */
export function serviceProcesses(labMounts: LabMounts, processes: readonly NodeProcess[]): ServiceProcess[] {
  if (!hasServices(labMounts)) return [];
  const files = new Map<string, ServiceFiles | undefined>();
  return processes.flatMap((process) => {
    const service = serviceOf(labMounts, process);
    if (service === undefined) return [];
    const folder = serviceFolder(labMounts, process.namespace, service);
    if (!files.has(folder)) files.set(folder, readServiceFiles(folder));
    const read = files.get(folder);
    if (read === undefined) return [];
    const main = process.pid === read.program;
    const keeper = process.pid === (read.supervisor ?? read.program);
    return [{ ...process, service, spec: read.spec, main, keeper, supervising: isSupervising(process.pid, read) }];
  });
}

/** The service of its node that a process belongs to, even if the service's folder does not exist any more. */
export function serviceOf(labMounts: LabMounts, { pid, namespace }: NodeProcess): string | undefined {
  const node = nodeOf(namespace);
  if (node === undefined) return undefined;
  const fromVariable = variableOf(pid);
  // A process of this node's service that has entered another node does not belong to a service of that node.
  if (fromVariable?.node === node) return fromVariable.service;
  const mounted = mountedService(labMounts, pid);
  return mounted?.node === node ? mounted.service : undefined;
}

interface OfNode {
  readonly node: string;
  readonly service: string;
}

/** The service that a process belongs to according to its initial environment (/proc/PID/environ). */
function variableOf(pid: number): OfNode | undefined {
  const [node = '', service = ''] = environmentOf(pid)?.get(SERVICE_VARIABLE)?.split('/') ?? [];
  return NAME.test(node) && NAME.test(service) ? { node, service } : undefined;
}

/** The service whose mark is among the mounts of a process. */
function mountedService(labMounts: LabMounts, pid: number): OfNode | undefined {
  const folder = servicesFolder(labMounts);
  for (const { path } of mountsBelow(mountinfoOf(pid), folder)) {
    const [node = '', service = '', file] = path.slice(folder.length + 1).split('/');
    // The process can have mounted other files there.
    if (file === SERVICE_FILES.mark && NAME.test(node) && NAME.test(service)) return { node, service };
  }
  return undefined;
}

const NAME = /^[a-z0-9][a-z0-9-]*$/;

interface ServiceFiles {
  readonly spec: ServiceState;
  readonly program: number | undefined;
  readonly supervisor: number | undefined;
}

function readServiceFiles(folder: string): ServiceFiles | undefined {
  const spec = parseSpec(textOf(`${folder}/${SERVICE_FILES.spec}`));
  if (spec === undefined) return undefined;
  const pid = (file: string): number | undefined => {
    const text = textOf(`${folder}/${file}`);
    return text === undefined ? undefined : Number(text);
  };
  return { spec, program: pid(SERVICE_FILES.program), supervisor: pid(SERVICE_FILES.supervisor) };
}

/** Whether a process is the supervisor, or descends from it but not from the program. */
function isSupervising(pid: number, { supervisor, program }: ServiceFiles): boolean {
  if (supervisor === undefined) return false;
  let current: number | undefined = pid;
  while (current !== undefined && current > 1 && current !== program) {
    if (current === supervisor) return true;
    current = statOf(current)?.parent;
  }
  return false;
}

/** The services of a lab, by namespace and name. Reads no processes if the lab has never started a service. */
export function observeServices(
  labMounts: LabMounts,
  namespaces: readonly NamespaceName[],
): ReadonlyMap<NamespaceName, Readonly<Record<string, ObservedService>>> {
  const all = new Map<NamespaceName, Record<string, ObservedService>>();
  if (!hasServices(labMounts)) return all;
  const add = (namespace: NamespaceName, name: string, service: ObservedService): void => {
    const known = all.get(namespace);
    if (known === undefined) all.set(namespace, { [name]: service });
    else known[name] = service;
  };
  for (const { namespace, name, spec } of finishedServices(labMounts, namespaces)) add(namespace, name, spec);
  for (const { namespace, service, spec, keeper } of serviceProcesses(labMounts, labProcesses(labMounts, namespaces))) {
    if (!keeper || !namespaces.includes(namespace)) continue;
    const pending =
      spec.ready !== undefined && !existsSync(`${serviceFolder(labMounts, namespace, service)}/${SERVICE_FILES.ready}`);
    add(namespace, service, pending ? { ...spec, pending } : spec);
  }
  return all;
}

/** Services that have exited with status 0, where that is their condition for readiness. */
function finishedServices(
  labMounts: LabMounts,
  namespaces: readonly NamespaceName[],
): { readonly namespace: NamespaceName; readonly name: string; readonly spec: ServiceState }[] {
  return namespaces.flatMap((namespace) =>
    foldersOf(labMounts, namespace).flatMap((name) => {
      const folder = serviceFolder(labMounts, namespace, name);
      if (!existsSync(`${folder}/${SERVICE_FILES.done}`)) return [];
      const spec = parseSpec(textOf(`${folder}/${SERVICE_FILES.spec}`));
      return spec?.ready?.kind === 'exit' ? [{ namespace, name, spec }] : [];
    }),
  );
}

/** Clears the record that services of a node have exited with status 0, so that they run again. */
export function clearFinished(labMounts: LabMounts, namespace: NamespaceName): void {
  if (!hasServices(labMounts)) return;
  for (const name of foldersOf(labMounts, namespace))
    rmSync(`${serviceFolder(labMounts, namespace, name)}/${SERVICE_FILES.done}`, { recursive: true, force: true });
}

/** The names of a node's services that have ever been started. */
function foldersOf(labMounts: LabMounts, namespace: NamespaceName): string[] {
  if (nodeOf(namespace) === undefined) return [];
  try {
    return readdirSync(nodeFolder(labMounts, namespace)).filter((name) => NAME.test(name));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

/** The text of a file; undefined if it cannot be read, or if another user could have written it. */
function textOf(path: string): string | undefined {
  try {
    return readOwn(path, MAX_SIZE);
  } catch {
    return undefined;
  }
}

/** The maximum size of a file in a service's folder that is read, in bytes. */
const MAX_SIZE = 16 * 1024 ** 2;
