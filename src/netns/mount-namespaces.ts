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
import { RUN_DIRECTORY } from './paths.ts';

/*
 * A lab is a file system, mounted in one mount namespace and in those that mounts of that one reach (mount_namespaces(7)).
 * A service with PrivateTmp, a container and every program that `ip netns exec` starts have mount namespaces of their own:
 * what is mounted there is not seen from outside, though names of the lab in the folders that they share are.
 */

/** Where a lab is up that is not up in this mount namespace. */
export interface LabMountNamespace {
  /** The mount namespace, as `mnt:[4026532250]`. */
  readonly mounts: string;
  /** A process in it. */
  readonly pid: number;
  /** The process's name, in printable characters. */
  readonly program: string;
}

/** The other mount namespaces of this machine, as far as their processes can be seen; looked for once, when first asked. */
export class OtherMountNamespaces {
  #others: ReadonlyMap<string, readonly number[]> | undefined;

  /**
   * Where a lab is mounted that is not up here, and shares something with what is here: the folder under /run, or the network
   * namespace.
   */
  find(lab: string): LabMountNamespace | undefined {
    // Programs of one that is up here have it in theirs.
    if (isMounted('', lab)) return undefined;
    this.#others ??= otherMounts();
    for (const [mounts, pids] of this.#others) {
      // Of a process that is confined to a part of the file system (chroot(2)) nothing else is seen.
      const seen = pids.find((pid) => isMounted(processRoot(pid), lab));
      if (seen === undefined || !(sharesFolder(processRoot(seen)) || pids.some(sharesNetwork))) continue;
      return { mounts, pid: seen, program: programOf(seen) };
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

/** Whether Netwright's folder is the same, seen from there and from here. */
function sharesFolder(root: string): boolean {
  const [there, here] = [statOf(`${root}${RUN_DIRECTORY}`), statOf(RUN_DIRECTORY)];
  return there !== undefined && there.dev === here?.dev && there.ino === here.ino;
}

const sharesNetwork = (pid: number): boolean => namespaceOf(pid, 'net') === ownNamespace('net');

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    // It has ended meanwhile, or belongs to somebody we may not look at.
    return undefined;
  }
}

const programOf = (pid: number): string => (processName(pid) ?? '?').replaceAll(/[^\u0020-\u007e]/g, '?');

const MACHINE = 1;

/**
 * Whether what is mounted under /run/netwright reaches the machine's own mount namespace, that of process 1; taken for so
 * where that cannot be seen, or has a /run/netwright of its own.
 */
export function propagatesToInit(): boolean {
  const machine = namespaceOf(MACHINE, 'mnt');
  if (machine === undefined || machine === ownNamespace('mnt')) return true;
  // Before there is such a folder, that of all such folders counts.
  const path = statSync(RUN_DIRECTORY, { throwIfNoEntry: false }) === undefined ? '/run' : RUN_DIRECTORY;
  const [there, here] = [statOf(`${processRoot(MACHINE)}${path}`), statOf(path)];
  if (there === undefined || there.dev !== here?.dev || there.ino !== here.ino) return true;
  // Peers of the mount that holds the folder, and those that follow one, hear of what is mounted in it (mount_namespaces(7)).
  const group = mountOf(parseMountinfo(mountinfoOf('self')), path)?.shared;
  return (
    group !== undefined &&
    parseMountinfo(mountinfoOf(MACHINE)).some(({ shared, master }) => shared === group || master === group)
  );
}

/** Whether a lab is up in the machine's own mount namespace. */
export const isUpInInitMounts = (lab: string): boolean => isMounted(processRoot(MACHINE), lab);

/** Whether no other process is in this mount namespace: what is mounted in it goes with this one. */
export function isOnlyProcessInMounts(): boolean {
  const own = ownNamespace('mnt');
  return !processIds().some((pid) => pid !== process.pid && namespaceOf(pid, 'mnt') === own);
}
