import { readdirSync, readlinkSync } from 'node:fs';

/** The open descriptors of this process, among them the one with which they are read. @throws ErrnoException */
export const ownDescriptors = (): number[] => readdirSync('/proc/self/fd').map(Number);

/** A path to the object of a descriptor of this process, for calls that accept only a path (proc_pid_fd(5)). */
export const descriptorPath = (fd: number): string => `/proc/self/fd/${fd}`;

/**
 * The object of a descriptor: a path, or for example `socket:[4711]`; undefined if the descriptor is closed or may not
 * be read.
 */
export function descriptorTarget(who: number | 'self', fd: number): string | undefined {
  try {
    return readlinkSync(`/proc/${who}/fd/${fd}`);
  } catch {
    return undefined;
  }
}

/** The descriptors of a process; empty if it has ended or may not be read. */
export function descriptorsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map(Number);
  } catch {
    return [];
  }
}

/** The inode of a socket, from the target of its descriptor; undefined for other objects. */
export const socketInode = (target: string): string | undefined => /^socket:\[(\d+)\]$/.exec(target)?.[1];

/** The inodes of the open sockets of a process; empty if it has ended or may not be read. */
export const socketsOf = (pid: number): string[] =>
  descriptorsOf(pid).flatMap((fd) => socketInode(descriptorTarget(pid, fd) ?? '') ?? []);
