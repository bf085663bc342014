import { readdirSync, readlinkSync } from 'node:fs';

/** The descriptors that this process has open, among them that of the folder they are read from. @throws ErrnoException */
export const ownDescriptors = (): number[] => readdirSync('/proc/self/fd').map(Number);

/** A path that leads to what a descriptor of this process is of, for calls that take a path alone (proc_pid_fd(5)). */
export const descriptorPath = (fd: number): string => `/proc/self/fd/${fd}`;

/** What a descriptor is of: a path, or as `socket:[4711]`; undefined for what is closed by now. */
export function descriptorTarget(who: number | 'self', fd: number): string | undefined {
  try {
    return readlinkSync(`/proc/${who}/fd/${fd}`);
  } catch {
    return undefined;
  }
}

/** The descriptors of a process; none when it has ended, or is somebody's whom we may not look at. */
export function descriptorsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map(Number);
  } catch {
    return [];
  }
}

/** The number of the socket that a descriptor is of, by its target; undefined for anything else. */
export const socketInode = (target: string): string | undefined => /^socket:\[(\d+)\]$/.exec(target)?.[1];

/** The inodes of the sockets that a process has open; none when it has ended, or is somebody's whom we may not look at. */
export const socketsOf = (pid: number): string[] =>
  descriptorsOf(pid).flatMap((fd) => socketInode(descriptorTarget(pid, fd) ?? '') ?? []);
