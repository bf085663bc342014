import { libc, O_CLOEXEC, O_RDONLY } from '../ffi/index.ts';
import { namespaceFile } from '../proc/index.ts';
import { canReturnFromUts, within, withinMounts, withinUts } from './visit.ts';
import { makeMounts } from './mounts.ts';
import { openNamespace } from './namespace.ts';
import { hostNameOf } from './paths.ts';

/** The namespaces that a program in a named network namespace is in, by their descriptors. */
export interface NodeNamespaces {
  readonly net: number;
  /** In it /sys and files of /etc are the network namespace's. */
  readonly mounts: number;
  /** In it the host name is. Undefined where this process may have no host name of its own: see {@link canReturnFromUts}. */
  readonly uts: number | undefined;
}

/** Makes what goes with a named network namespace; the caller's to close. @throws SyscallError */
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

/** They live on as long as a program is in them. */
export function closeNodeNamespaces({ net, mounts, uts }: NodeNamespaces): void {
  for (const fd of [net, mounts, uts]) if (fd !== undefined) libc.close(fd);
}

function makeUts(hostName: string): number {
  return withinUts(undefined, () => {
    libc.sethostname(hostName);
    return libc.open(namespaceFile('thread-self', 'uts'), O_RDONLY | O_CLOEXEC);
  });
}

/** Runs a synchronous function with this thread in all of them: a child it starts stays there. */
export const withinAll = <T>({ net, mounts, uts }: NodeNamespaces, fn: () => T): T =>
  within(net, () => (uts === undefined ? withinMounts(mounts, fn) : withinUts(uts, () => withinMounts(mounts, fn))));
