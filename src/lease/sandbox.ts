import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { NetwrightError, OWNER_MODE } from '../base/index.ts';
import { labNames, RUN_DIRECTORY } from '../netns/index.ts';
import { savedTopology } from '../store/index.ts';
import { Lease, type LabOwner } from './lease.ts';

/** The names of the labs of sandboxes. Other labs can have such names. */
const NAME = /^run-[a-z0-9]{8}$/;

/** The name of the one network and the one node in every sandbox's lab. */
export const BOX = 'box';

/** Milliseconds: a younger lab without a lease may be about to get one. */
const YOUNG = 30_000;

/** A new random name for a sandbox's lab. */
export const sandboxName = (): string => `run-${randomBytes(5).toString('hex').slice(0, 8)}`;

/** In the lab's directory, so that it is removed with the lab. */
const leaseOf = (lab: string): string => `${RUN_DIRECTORY}/${lab}/supervisor`;

/** Takes the lease of a sandbox whose lab is up. @throws as {@link Lease.take} */
export const leaseSandbox = (lab: string): Lease => Lease.take(leaseOf(lab), OWNER_MODE);

/** The processes of `netwright run` and {@link Sandbox}: each sandbox has one lab. */
export const SANDBOX: LabOwner = {
  purpose: 'the `netwright run` that created it',
  labs: labNames,
  leases: () => [],
  leaseOf: (lab) => (NAME.test(lab) ? leaseOf(lab) : undefined),
  isOwn: isSandbox,
  isAbandonedWithout(lab) {
    // Its process may have been killed before it took the lease.
    const folder = statSync(`${RUN_DIRECTORY}/${lab}`, { throwIfNoEntry: false });
    return folder !== undefined && Date.now() - folder.mtimeMs > YOUNG;
  },
};

function isSandbox(lab: string): boolean {
  try {
    const { networks = {}, nodes = {} } = savedTopology(lab) ?? {};
    return networks[BOX]?.egress !== undefined && nodes[BOX] !== undefined && Object.keys(nodes).length === 1;
  } catch (error) {
    // The saved topology is of another version.
    if (error instanceof NetwrightError) return false;
    throw error;
  }
}
