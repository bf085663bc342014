import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { NetwrightError } from '../base/error.ts';
import { RUN_DIRECTORY } from '../netns/index.ts';
import { savedTopology } from '../store/index.ts';
import { isUnlocked, LockFile } from '../proc/index.ts';

/** What the labs of sandboxes are called. Others may be called so, too. */
const NAME = /^run-[a-z0-9]{8}$/;
const FILE = 'supervisor';

/** What is in every sandbox's lab: a network and a node. */
export const BOX = 'box';

/** A lab without a supervisor, younger than this many milliseconds, may be about to get one. */
const YOUNG = 30_000;

/** A name for a sandbox's lab. */
export const sandboxName = (): string => `run-${randomBytes(5).toString('hex').slice(0, 8)}`;

/**
 * A lock that is held for as long as a sandbox has somebody to look after it: the kernel gives it back when that process
 * ends, however it does.
 */
export class Supervision implements Disposable {
  readonly #lock: LockFile;

  constructor(lab: string) {
    this.#lock = LockFile.place(`${RUN_DIRECTORY}/${lab}/${FILE}`, 0o600);
  }

  [Symbol.dispose](): void {
    this.#lock.release();
  }
}

/** Whether a lab was a sandbox, and nobody looks after it any more. Whoever has its lock may be about to. */
export function isAbandoned(lab: string): boolean {
  if (!NAME.test(lab) || !isSandbox(lab)) return false;
  const unlocked = isUnlocked(`${RUN_DIRECTORY}/${lab}/${FILE}`);
  if (unlocked !== undefined) return unlocked;
  // Killed before it was put there, perhaps.
  const folder = statSync(`${RUN_DIRECTORY}/${lab}`, { throwIfNoEntry: false });
  return folder !== undefined && Date.now() - folder.mtimeMs > YOUNG;
}

function isSandbox(lab: string): boolean {
  try {
    const { networks = {}, nodes = {} } = savedTopology(lab) ?? {};
    return networks[BOX]?.egress !== undefined && nodes[BOX] !== undefined && Object.keys(nodes).length === 1;
  } catch (error) {
    // Another version's.
    if (error instanceof NetwrightError) return false;
    throw error;
  }
}
