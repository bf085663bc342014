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
 * A service is known by its processes: by the network namespace that they are in, and by a mark that they have from the
 * beginning and pass on to theirs, whatever they do: among the mounts of their mount namespace is a file of the service's
 * folder. A program that confines itself to a part of the file system (chroot(2)) shows no mounts outside, but has a
 * variable that says the same; nor can variables alone do, since programs that set their title (nginx, PostgreSQL) write
 * it over them.
 */

/** Whose the process is: `NODE/SERVICE`. */
export const SERVICE_VARIABLE = 'NETWRIGHT_SERVICE';

export interface ServiceProcess extends NodeProcess {
  readonly service: string;
  readonly spec: ServiceState;
  /** Whether the service runs as long as this process does: its program, or what starts its program again. */
  readonly keeper: boolean;
  /** Whether it is the program itself, and not one of its children. */
  readonly main: boolean;
  /** Whether it is what starts the program again, or a tool that does something for that. */
  readonly supervising: boolean;
}

/**
 * The processes that run in namespaces of a lab, and all of its services' that have gone to other ones, or whose namespace
 * has lost its name: these are told as of their node's.
 */
export function labProcesses(labMounts: LabMounts, namespaces: readonly NamespaceName[]): NodeProcess[] {
  if (!hasServices(labMounts)) return processesIn(labMounts, namespaces);
  return processesOf(labMounts, namespaces, (pid) => {
    const node = mountedService(labMounts, pid)?.node;
    return node === undefined ? undefined : namespaceName({ lab: labMounts.lab, node });
  });
}

/** Processes that are known to be of no service of a node, each with the network namespace that it was in then. */
export type NonServiceProcesses = Map<number, string>;

/**
 * Of {@link labProcesses} those of one node. What runs in others is passed over by one look at what it says itself, and
 * costs nothing when asked again.
 */
export function nodeProcesses(
  labMounts: LabMounts,
  namespace: NamespaceName,
  bystanders: NonServiceProcesses = new Map(),
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
    if (bystanders.get(pid) === net) return undefined;
    const said = variableOf(pid)?.node;
    const node = said !== undefined && netOf(said) === net ? said : mountedService(labMounts, pid)?.node;
    if (node !== undefined && namespaceName({ lab, node }) === namespace) return namespace;
    bystanders.set(pid, net);
    return undefined;
  });
}

/** The processes of a lab's services, among those that are the lab's. */
export function serviceProcesses(labMounts: LabMounts, processes: readonly NodeProcess[]): ServiceProcess[] {
  if (!hasServices(labMounts)) return [];
  const known = new Map<string, Known | undefined>();
  return processes.flatMap((process) => {
    const service = serviceOf(labMounts, process);
    if (service === undefined) return [];
    const folder = serviceFolder(labMounts, process.namespace, service);
    if (!known.has(folder)) known.set(folder, knownOf(folder));
    const of = known.get(folder);
    if (of === undefined) return [];
    const main = process.pid === of.program;
    const keeper = process.pid === (of.supervisor ?? of.program);
    return [{ ...process, service, spec: of.spec, main, keeper, supervising: isSupervising(process.pid, of) }];
  });
}

/** Which service of its node a process belongs to, whether or not the service's folder is still there. */
export function serviceOf(labMounts: LabMounts, { pid, namespace }: NodeProcess): string | undefined {
  const node = nodeOf(namespace);
  if (node === undefined) return undefined;
  const said = variableOf(pid);
  // Whoever entered another node from this one is no service of that.
  if (said?.node === node) return said.service;
  const mounted = mountedService(labMounts, pid);
  return mounted?.node === node ? mounted.service : undefined;
}

interface OfNode {
  readonly node: string;
  readonly service: string;
}

/** The service that a process was started for, as the environment says that it was started with. */
function variableOf(pid: number): OfNode | undefined {
  const [node = '', service = ''] = environmentOf(pid)?.get(SERVICE_VARIABLE)?.split('/') ?? [];
  return NAME.test(node) && NAME.test(service) ? { node, service } : undefined;
}

/** The service whose mark a process has among its mounts. */
function mountedService(labMounts: LabMounts, pid: number): OfNode | undefined {
  const folder = servicesFolder(labMounts);
  for (const { path } of mountsBelow(mountinfoOf(pid), folder)) {
    const [node = '', service = '', file] = path.slice(folder.length + 1).split('/');
    // Any process may have mounted anything.
    if (file === SERVICE_FILES.mark && NAME.test(node) && NAME.test(service)) return { node, service };
  }
  return undefined;
}

const NAME = /^[a-z0-9][a-z0-9-]*$/;

interface Known {
  readonly spec: ServiceState;
  readonly program: number | undefined;
  readonly supervisor: number | undefined;
}

function knownOf(folder: string): Known | undefined {
  const spec = parseSpec(textOf(`${folder}/${SERVICE_FILES.spec}`));
  if (spec === undefined) return undefined;
  const pid = (file: string): number | undefined => {
    const text = textOf(`${folder}/${file}`);
    return text === undefined ? undefined : Number(text);
  };
  return { spec, program: pid(SERVICE_FILES.program), supervisor: pid(SERVICE_FILES.supervisor) };
}

/** Whether a process is the supervisor, or descends from it and not from the program. */
function isSupervising(pid: number, { supervisor, program }: Known): boolean {
  if (supervisor === undefined) return false;
  for (let at: number | undefined = pid; at !== undefined && at > 1 && at !== program; at = statOf(at)?.parent)
    if (at === supervisor) return true;
  return false;
}

/** What a lab's services are, by namespace. Looks at no process of a lab that never had a service. */
export function observeServices(
  labMounts: LabMounts,
  namespaces: readonly NamespaceName[],
): ReadonlyMap<NamespaceName, Readonly<Record<string, ObservedService>>> {
  const all = new Map<NamespaceName, Record<string, ObservedService>>();
  if (!hasServices(labMounts)) return all;
  const put = (namespace: NamespaceName, name: string, service: ObservedService): void => {
    const known = all.get(namespace);
    if (known === undefined) all.set(namespace, { [name]: service });
    else known[name] = service;
  };
  for (const { namespace, name, spec } of finishedServices(labMounts, namespaces)) put(namespace, name, spec);
  for (const { namespace, service, spec, keeper } of serviceProcesses(labMounts, labProcesses(labMounts, namespaces))) {
    if (!keeper || !namespaces.includes(namespace)) continue;
    const pending =
      spec.ready !== undefined && !existsSync(`${serviceFolder(labMounts, namespace, service)}/${SERVICE_FILES.ready}`);
    put(namespace, service, pending ? { ...spec, pending } : spec);
  }
  return all;
}

/** What has run to its end, as it should. */
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

/** Forgets which of a node's services have run to their end: they are to run again. */
export function clearFinished(labMounts: LabMounts, namespace: NamespaceName): void {
  if (!hasServices(labMounts)) return;
  for (const name of foldersOf(labMounts, namespace))
    rmSync(`${serviceFolder(labMounts, namespace, name)}/${SERVICE_FILES.done}`, { recursive: true, force: true });
}

/** The services of a node that have ever been started. */
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

/** What was written there; what cannot have been counts as nothing. */
function textOf(path: string): string | undefined {
  try {
    return readOwn(path, MOST_KEPT);
  } catch {
    return undefined;
  }
}

/** How large a file of a service's folder can be that is read whole, in bytes. */
const MOST_KEPT = 16 * 1024 ** 2;
