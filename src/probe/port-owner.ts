import { familyOf, type Ip } from '../addr/index.ts';
import { libc, SyscallError } from '../ffi/index.ts';
import { HOST, nodeOf, ONLY_SERVICE } from '../state/index.ts';
import { openNamespace, LabMounts, within } from '../netns/index.ts';
import { argumentsOf, processIds, processName, socketsOf } from '../proc/index.ts';
import { serviceProcesses } from '../observe/index.ts';
import { waitingOn } from '../publish/index.ts';

/** Who has a port that a probe was sent to. */
export type PortOwner =
  /** Netwright itself, where nothing had the port. */
  | { readonly kind: 'stand-in' }
  /** `service` is `NODE`, or `NODE/SERVICE` of one that has a name. */
  | { readonly kind: 'service'; readonly service: string; readonly pid: number; readonly program: string }
  | { readonly kind: 'program'; readonly pid: number; readonly program: string }
  /** A program that cannot be seen from here. */
  | { readonly kind: 'unknown' };

/** The port of one address in a namespace: HOST is the one of this process. */
export interface Place {
  readonly namespace: string;
  readonly protocol: 'tcp' | 'udp';
  readonly target: Ip;
  readonly port: number;
}

/** Finds out who has the ports of a lab, looking through the machine's processes once. */
export class PortOwners {
  readonly #labMounts: LabMounts;
  #owners: ReadonlyMap<string, number> | undefined;

  constructor(lab: string) {
    this.#labMounts = new LabMounts(lab);
  }

  /** Who listens at an address and port now; undefined when nothing does. */
  at(place: Place): PortOwner | undefined {
    const inodes = listeningAt(place);
    if (inodes.length === 0) return undefined;
    const known = inodes.some((inode) => this.#owners?.has(inode));
    const owners = known ? this.#owners! : (this.#owners = socketOwners());
    const inode = inodes.find((one) => owners.has(one));
    if (inode === undefined) return { kind: 'unknown' };
    const pid = owners.get(inode)!;
    const program = programOf(pid);
    const process = { pid, namespace: place.namespace, command: program };
    const [of] = place.namespace === HOST ? [] : serviceProcesses(this.#labMounts, [process]);
    if (of === undefined) return { kind: 'program', pid, program };
    const node = nodeOf(place.namespace) ?? place.namespace;
    return { kind: 'service', service: of.service === ONLY_SERVICE ? node : `${node}/${of.service}`, pid, program };
  }
}

/** The inodes of sockets that wait for what is sent to a place; none where there is no such namespace. */
export function listeningAt({ namespace, protocol, target, port }: Place): string[] {
  const look = (): string[] => waitingOn(protocol, familyOf(target), target, port);
  if (namespace === HOST) return look();
  let fd: number;
  try {
    fd = openNamespace(namespace);
  } catch (error) {
    if (error instanceof SyscallError && error.code === 'ENOENT') return [];
    throw error;
  }
  try {
    return within(fd, look);
  } finally {
    libc.close(fd);
  }
}

/** The first process, by its number, that has each socket open. */
function socketOwners(): ReadonlyMap<string, number> {
  const owners = new Map<string, number>();
  for (const pid of processIds()) {
    for (const inode of socketsOf(pid)) if (!owners.has(inode)) owners.set(inode, pid);
  }
  return owners;
}

/** A program's name: the last part of what it was started as, for a name that its threads may have changed. */
function programOf(pid: number): string {
  const [first = ''] = argumentsOf(pid);
  return first.slice(first.lastIndexOf('/') + 1) || (processName(pid) ?? '?');
}
