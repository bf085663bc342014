import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { NetwrightError, OWNER_MODE } from '../base/index.ts';
import { labNames, RUN_DIRECTORY } from '../netns/index.ts';
import { savedTopology } from '../store/index.ts';
import { Lease, type LabOwner } from './lease.ts';

/** What the labs of sandboxes are called. Others may be called so, too. */
const NAME = /^run-[a-z0-9]{8}$/;

/** What is in every sandbox's lab: a network and a node. */
export const BOX = 'box';

/** A lab without a lease, younger than this many milliseconds, may be about to get one. */
const YOUNG = 30_000;

/** A name for a sandbox's lab. */
export const sandboxName = (): string => `run-${randomBytes(5).toString('hex').slice(0, 8)}`;

/** In the lab's own folder, and so gone with the lab. */
const leaseOf = (lab: string): string => `${RUN_DIRECTORY}/${lab}/supervisor`;

/** The lease of who looks after a sandbox, whose lab is up. @throws as {@link Lease.take} */
export const leaseSandbox = (lab: string): Lease => Lease.take(leaseOf(lab), OWNER_MODE);

/** `netwright run` and {@link Sandbox}: each has one lab. */
export const SANDBOX: LabOwner = {
  purpose: 'the `netwright run` that created it',
  labs: labNames,
  leases: () => [],
  leaseOf: (lab) => (NAME.test(lab) ? leaseOf(lab) : undefined),
  isOwn: isSandbox,
  isAbandonedWithout(lab) {
    // Its maker was killed before there was a lease, perhaps.
    const folder = statSync(`${RUN_DIRECTORY}/${lab}`, { throwIfNoEntry: false });
    return folder !== undefined && Date.now() - folder.mtimeMs > YOUNG;
  },
};

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
