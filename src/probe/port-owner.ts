import { familyOf, type Ip } from '../addr/index.ts';
import { libc, SyscallError } from '../ffi/index.ts';
import { HOST, nodeOf, ONLY_SERVICE } from '../state/index.ts';
import { openNamespace, LabMounts, within } from '../netns/index.ts';
import { argumentsOf, processIds, processName, socketsOf } from '../proc/index.ts';
import { serviceProcesses } from '../observe/index.ts';
import { listeningSockets } from '../publish/index.ts';

/** The owner of a port that a probe was sent to. */
export type PortOwner =
  /** Netwright itself, because no program had the port. */
  | { readonly kind: 'stand-in' }
  /** `service` is `NODE`, or `NODE/SERVICE` if the service has a name. */
  | { readonly kind: 'service'; readonly service: string; readonly pid: number; readonly program: string }
  | { readonly kind: 'program'; readonly pid: number; readonly program: string }
  /** A program that is not visible, as in another PID namespace. */
  | { readonly kind: 'unknown' };

/** A port at an address in a namespace; HOST is the namespace of this process. */
export interface Place {
  readonly namespace: string;
  readonly protocol: 'tcp' | 'udp';
  readonly target: Ip;
  readonly port: number;
}

/** Finds the owners of a lab's ports. All processes are read once. */
export class PortOwners {
  readonly #labMounts: LabMounts;
  #owners: ReadonlyMap<string, number> | undefined;

  constructor(lab: string) {
    this.#labMounts = new LabMounts(lab);
  }

  /** The owner of an address and port now; undefined if nothing listens there. */
  at(place: Place): PortOwner | undefined {
    const inodes = listeningAt(place);
    if (inodes.length === 0) return undefined;
    const known = inodes.some((inode) => this.#owners?.has(inode));
    const owners = known ? this.#owners! : (this.#owners = socketOwners());
    const inode = inodes.find((candidate) => owners.has(candidate));
    if (inode === undefined) return { kind: 'unknown' };
    const pid = owners.get(inode)!;
    const program = programOf(pid);
    const process = { pid, namespace: place.namespace, command: program };
    const [part] = place.namespace === HOST ? [] : serviceProcesses(this.#labMounts, [process]);
    if (part === undefined) return { kind: 'program', pid, program };
    const node = nodeOf(place.namespace) ?? place.namespace;
    return { kind: 'service', service: part.service === ONLY_SERVICE ? node : `${node}/${part.service}`, pid, program };
  }
}

/** The inodes of the sockets that receive packets to this address and port; none if the namespace does not exist. */
export function listeningAt({ namespace, protocol, target, port }: Place): string[] {
  const find = (): string[] => listeningSockets(protocol, familyOf(target), target, port);
  if (namespace === HOST) return find();
  let fd: number;
  try {
    fd = openNamespace(namespace);
  } catch (error) {
    if (error instanceof SyscallError && error.code === 'ENOENT') return [];
    throw error;
  }
  try {
    return within(fd, find);
  } finally {
    libc.close(fd);
  }
}

/** For the inode of each socket, the lowest process ID that has it open. */
function socketOwners(): ReadonlyMap<string, number> {
  const owners = new Map<string, number>();
  for (const pid of processIds()) {
    for (const inode of socketsOf(pid)) if (!owners.has(inode)) owners.set(inode, pid);
  }
  return owners;
}

/** A program's name: the base name of argv[0], since threads can change /proc/PID/comm. */
function programOf(pid: number): string {
  const [first = ''] = argumentsOf(pid);
  return first.slice(first.lastIndexOf('/') + 1) || (processName(pid) ?? '?');
}
