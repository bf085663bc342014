import { lstatSync, statSync, type Stats } from 'node:fs';
import {
  mountinfoOf,
  mountOf,
  namespaceOf,
  ownNamespace,
  parseMountinfo,
  processIds,
  processName,
  processRoot,
} from '../proc/index.ts';
import { NETNS_DIRECTORY, NETNS_ETC_DIRECTORY, RUN_DIRECTORY } from './paths.ts';

/*
 * A lab is a tmpfs that is mounted in one mount namespace and in those to which its mounts propagate
 * (mount_namespaces(7)). A service with PrivateTmp, a container and every program of `ip netns exec` have mount
 * namespaces of their own: mounts there are not visible from outside, but names in directories that they share are.
 */

/** The mount namespace of a lab that is not up in this one. */
export interface LabMountNamespace {
  /** As `mnt:[4026532250]`. */
  readonly mounts: string;
  /** A process in that mount namespace. */
  readonly pid: number;
  /** The name of the process, in printable ASCII characters. */
  readonly program: string;
}

/**
 * The other mount namespaces of this host, as far as their processes are visible. They are searched once, on first use.
 */
export class OtherMountNamespaces {
  #others: ReadonlyMap<string, readonly number[]> | undefined;

  /**
   * Finds the mount namespace of a lab that is not up in this one, but shares a directory that holds something of labs, or
   * the network namespace, with it.
   */
  find(lab: string): LabMountNamespace | undefined {
    // If the lab is up here, the mount namespaces of its programs have it, too.
    if (isMounted('', lab)) return undefined;
    this.#others ??= otherMounts();
    for (const [mounts, pids] of this.#others) {
      // For a process that is confined by chroot(2), only that part of the file system is visible.
      const witness = pids.find((pid) => isMounted(processRoot(pid), lab));
      if (witness === undefined || !(sharesDirectory(processRoot(witness)) || pids.some(sharesNetwork))) continue;
      return { mounts, pid: witness, program: programOf(witness) };
    }
    return undefined;
  }
}

function otherMounts(): Map<string, number[]> {
  const own = ownNamespace('mnt');
  const others = new Map<string, number[]>();
  for (const pid of processIds()) {
    const mounts = namespaceOf(pid, 'mnt');
    if (mounts === undefined || mounts === own) continue;
    const known = others.get(mounts);
    if (known === undefined) others.set(mounts, [pid]);
    else known.push(pid);
  }
  return others;
}

function isMounted(root: string, lab: string): boolean {
  const folder = statOf(`${root}${RUN_DIRECTORY}/${lab}`);
  return folder !== undefined && folder.dev !== statOf(`${root}${RUN_DIRECTORY}`)?.dev;
}

/** The directories that hold something of a lab: itself, the links to its namespaces, and those to their files for /etc. */
const DIRECTORIES = [RUN_DIRECTORY, NETNS_DIRECTORY, NETNS_ETC_DIRECTORY];

/** True if one of the directories below a root directory is the one of this mount namespace. */
const sharesDirectory = (root: string): boolean =>
  DIRECTORIES.some((path) => {
    const [other, own] = [statOf(`${root}${path}`), statOf(path)];
    return other !== undefined && other.dev === own?.dev && other.ino === own.ino;
  });

const sharesNetwork = (pid: number): boolean => namespaceOf(pid, 'net') === ownNamespace('net');

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    // The process has ended, or we may not look at its files.
    return undefined;
  }
}

const programOf = (pid: number): string => (processName(pid) ?? '?').replaceAll(/[^\u0020-\u007e]/g, '?');

const INIT = 1;

/**
 * True if mounts under /run/netwright propagate to the host's mount namespace, that of process 1. Also true if that
 * namespace is not visible, or has a /run/netwright of its own.
 */
export function propagatesToInit(): boolean {
  const initMounts = namespaceOf(INIT, 'mnt');
  if (initMounts === undefined || initMounts === ownNamespace('mnt')) return true;
  // If the directory does not exist yet, the mount of /run counts.
  const path = statSync(RUN_DIRECTORY, { throwIfNoEntry: false }) === undefined ? '/run' : RUN_DIRECTORY;
  const [other, own] = [statOf(`${processRoot(INIT)}${path}`), statOf(path)];
  if (other === undefined || other.dev !== own?.dev || other.ino !== own.ino) return true;
  // Mounts propagate to the peers and slaves of the mount that holds the directory (mount_namespaces(7)).
  const group = mountOf(parseMountinfo(mountinfoOf('self')), path)?.shared;
  return (
    group !== undefined &&
    parseMountinfo(mountinfoOf(INIT)).some(({ shared, master }) => shared === group || master === group)
  );
}

/** True if a lab is up in the host's mount namespace, that of process 1. */
export const isUpInInitMounts = (lab: string): boolean => isMounted(processRoot(INIT), lab);

/** True if no other process is in this mount namespace: its mounts end with this process. */
export function isOnlyProcessInMounts(): boolean {
  const own = ownNamespace('mnt');
  return !processIds().some((pid) => pid !== process.pid && namespaceOf(pid, 'mnt') === own);
}
