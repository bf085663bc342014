import { existsSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeDirectory } from '../netns/index.ts';
import { explainUnwritable, isUnlocked, LockFile } from '../proc/index.ts';

/*
 * Some labs are created for a process and must end with it: a sandbox with its `netwright run`, test labs with the
 * process that runs the tests. Such a process holds a lease: a lock on a file, which the kernel releases when the
 * process ends, in whatever way. If no process holds the lock on the file of a lease, its labs are abandoned.
 * docs/adr/0051-a-lease-ties-a-lab-to-a-process.md
 */

/** A lease that this process holds. */
export class Lease {
  readonly #file: LockFile;

  private constructor(file: LockFile) {
    this.#file = file;
  }

  /**
   * Takes a lease. Its file is never visible without the lock.
   * @param path the path of the file; an existing file there, which no process has locked, is replaced
   * @param mode the mode of the file (chmod(2))
   * @throws CapabilityError if the path cannot be written; ErrnoException
   */
  static take(path: string, mode: number): Lease {
    makeDirectory(dirname(path));
    return new Lease(explainUnwritable(path, () => LockFile.place(path, mode)));
  }

  /** Releases the lease and leaves its file: its labs are abandoned from now on. */
  release(): void {
    this.#file.release();
  }

  /** Releases the lease and removes its file, when none of its labs is left. */
  remove(): void {
    this.#file.remove();
  }
}

/** A kind of process for which labs are created. */
export interface LabOwner {
  /** What the labs are created for, as in `WHAT has ended`. */
  readonly purpose: string;
  /** The names of all labs that exist, whoever owns them. */
  labs(): readonly string[];
  /** The files of all leases, except those in the directories of labs. */
  leases(): readonly string[];
  /** The lease file of a lab, derived from the lab's name; undefined if no lab of this kind has such a name. */
  leaseOf(lab: string): string | undefined;
  /** True if a lab with such a name is of this kind: other labs can have such names. */
  isOwn(lab: string): boolean;
  /** True if a lab of this kind without a lease file is abandoned, and not about to get one. */
  isAbandonedWithout(lab: string): boolean;
}

/** True if a lab was created for such a process, which has ended without taking it down. */
export function isAbandoned(owner: LabOwner, lab: string): boolean {
  const lease = owner.leaseOf(lab);
  if (lease === undefined || !owner.isOwn(lab)) return false;
  return isUnlocked(lease) ?? owner.isAbandonedWithout(lab);
}

/** The result of {@link removeAbandoned}. */
export interface Removed {
  readonly labs: readonly string[];
  /** The errors of labs that could not be taken down. */
  readonly failures: readonly unknown[];
}

/**
 * Takes down the labs of processes that have ended. Meanwhile this process holds their leases, so that no other process
 * does the same. A lab that cannot be taken down stays abandoned.
 * @param takeDown takes one lab down, and waits for other processes that change it
 */
export async function removeAbandoned(owner: LabOwner, takeDown: (lab: string) => Promise<unknown>): Promise<Removed> {
  const removed: string[] = [];
  const failures: unknown[] = [];
  for (const [path, labs] of leasesOf(owner)) {
    const lease = takeOver(path);
    if (lease === 'held') continue;
    const own = labs.filter((lab) => owner.isOwn(lab) && (lease !== undefined || owner.isAbandonedWithout(lab)));
    const results = await Promise.allSettled(own.map(takeDown));
    for (const [i, result] of results.entries()) {
      if (result.status === 'fulfilled') removed.push(own[i]!);
      else failures.push(result.reason);
    }
    if (own.length === labs.length && results.every(({ status }) => status === 'fulfilled')) lease?.remove();
    else lease?.release();
  }
  return { labs: removed, failures };
}

/** The labs of each lease, by its file; an empty list if all are gone. */
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

/** Locks the file of a lease that no process holds; undefined if there is no file. */
function takeOver(path: string): LockFile | 'held' | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const file = LockFile.take(path, (path) => openSync(path, 'r+'));
    return file instanceof LockFile ? file : 'held';
  } catch (error) {
    // Its process has removed it, and its labs.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
