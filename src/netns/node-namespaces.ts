import { libc, O_CLOEXEC, O_RDONLY } from '../ffi/index.ts';
import { namespaceFile } from '../proc/index.ts';
import { canReturnFromUts, within, withinMounts, withinUts } from './visit.ts';
import { makeMounts } from './mounts.ts';
import { openNamespace } from './namespace.ts';
import { hostNameOf } from './paths.ts';

/** Descriptors of the namespaces for programs in a named network namespace. */
export interface NodeNamespaces {
  readonly net: number;
  /** A mount namespace with the /sys and the /etc files of the network namespace. */
  readonly mounts: number;
  /** A UTS namespace with the host name. Undefined if this process cannot have one: see {@link canReturnFromUts}. */
  readonly uts: number | undefined;
}

/** Opens the namespaces for programs in a named network namespace; the caller closes them. @throws SyscallError */
export function openNodeNamespaces(namespace: string): NodeNamespaces {
  const net = openNamespace(namespace);
  const open = [net];
  try {
    const mounts = within(net, () => makeMounts(namespace));
    open.push(mounts);
    return { net, mounts, uts: canReturnFromUts() ? makeUts(hostNameOf(namespace)) : undefined };
  } catch (error) {
    for (const fd of open) libc.close(fd);
    throw error;
  }
}

/** Closes the descriptors. The namespaces live as long as programs are in them. */
export function closeNodeNamespaces({ net, mounts, uts }: NodeNamespaces): void {
  for (const fd of [net, mounts, uts]) if (fd !== undefined) libc.close(fd);
}

function makeUts(hostName: string): number {
  return withinUts(undefined, () => {
    libc.sethostname(hostName);
    return libc.open(namespaceFile('thread-self', 'uts'), O_RDONLY | O_CLOEXEC);
  });
}

/** Runs a synchronous function with this thread in all of the namespaces: a child that it starts stays there. */
export const withinAll = <T>({ net, mounts, uts }: NodeNamespaces, fn: () => T): T =>
  within(net, () => (uts === undefined ? withinMounts(mounts, fn) : withinUts(uts, () => withinMounts(mounts, fn))));
