import { existsSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeDirectory } from '../netns/index.ts';
import { explainUnwritable, isUnlocked, LockFile } from '../proc/index.ts';

/*
 * Some labs are made for a process, and have to go with it: a sandbox with its `netwright run`, labs of tests with the process
 * that runs these. Such a process holds a lease: a lock on a file, which the kernel gives back when the process ends, however it
 * does. A file of a lease that nobody holds says that its labs are abandoned. docs/adr/0051-a-lease-ties-a-lab-to-a-process.md
 */

/** A lease that this process holds. */
export class Lease {
  readonly #file: LockFile;

  private constructor(file: LockFile) {
    this.#file = file;
  }

  /**
   * Takes a lease. Nobody ever sees its file without the lock.
   * @param path of the file, in whose place there may be one that nobody holds
   * @param mode of the file, as of chmod(2)
   * @throws CapabilityError where it may not be written; ErrnoException
   */
  static take(path: string, mode: number): Lease {
    makeDirectory(dirname(path));
    return new Lease(explainUnwritable(path, () => LockFile.place(path, mode)));
  }

  /** Gives it back, and leaves its file: its labs are abandoned from now on. */
  release(): void {
    this.#file.release();
  }

  /** Gives it back when no lab is left that it was for, and its file with it. */
  remove(): void {
    this.#file.remove();
  }
}

/** A kind of process that labs are made for. */
export interface LabOwner {
  /** What such a lab was made for, as in `WHAT has ended`. */
  readonly purpose: string;
  /** The names of all labs there are, whoever's. */
  labs(): readonly string[];
  /** The files of all leases that are not in the folder of a lab. */
  leases(): readonly string[];
  /** The file of the lease for a lab, by the lab's name alone; undefined where no lab of this kind is called so. */
  leaseOf(lab: string): string | undefined;
  /** Whether a lab that is called so is of this kind: others may be called so, too. */
  isOwn(lab: string): boolean;
  /** Whether a lab of this kind without a file is abandoned, and not about to get one. */
  isAbandonedWithout(lab: string): boolean;
}

/** Whether a lab was made for such a process, which has ended without taking it down. */
export function isAbandoned(owner: LabOwner, lab: string): boolean {
  const lease = owner.leaseOf(lab);
  if (lease === undefined || !owner.isOwn(lab)) return false;
  return isUnlocked(lease) ?? owner.isAbandonedWithout(lab);
}

/** What {@link removeAbandoned} has done. */
export interface Removed {
  readonly labs: readonly string[];
  /** Why others could not be taken down. */
  readonly failures: readonly unknown[];
}

/**
 * Takes down the labs of processes that have ended. Whoever does so holds their lease meanwhile, so that others leave them alone.
 * One that cannot be taken down is left to whoever tries next.
 * @param takeDown takes one down, waiting for whoever else is changing it
 */
export async function removeAbandoned(owner: LabOwner, takeDown: (lab: string) => Promise<unknown>): Promise<Removed> {
  const removed: string[] = [];
  const failures: unknown[] = [];
  for (const [path, labs] of leasesOf(owner)) {
    const claimed = claim(path);
    if (claimed === 'held') continue;
    const own = labs.filter((lab) => owner.isOwn(lab) && (claimed !== undefined || owner.isAbandonedWithout(lab)));
    const downs = await Promise.allSettled(own.map(takeDown));
    for (const [i, down] of downs.entries()) {
      if (down.status === 'fulfilled') removed.push(own[i]!);
      else failures.push(down.reason);
    }
    if (own.length === labs.length && downs.every(({ status }) => status === 'fulfilled')) claimed?.remove();
    else claimed?.release();
  }
  return { labs: removed, failures };
}

/** The labs of each lease, by its file: none of one whose labs have all gone. */
function leasesOf(owner: LabOwner): Map<string, string[]> {
  const labs = new Map<string, string[]>(owner.leases().map((path) => [path, []]));
  for (const lab of owner.labs()) {
    const path = owner.leaseOf(lab);
    if (path === undefined) continue;
    const known = labs.get(path);
    if (known === undefined) labs.set(path, [lab]);
    else known.push(lab);
  }
  return labs;
}

/** Takes over a lease that nobody holds; undefined where there is no file. */
function claim(path: string): LockFile | 'held' | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const file = LockFile.take(path, (path) => openSync(path, 'r+'));
    return file instanceof LockFile ? file : 'held';
  } catch (error) {
    // Whoever held it has gone, and its labs with it.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
