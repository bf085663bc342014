import { isAbandoned, type LabOwner } from './lease.ts';
import { SANDBOX } from './sandbox.ts';
import { TEST_RUN } from './test-run.ts';

/** All kinds of processes for which labs are created. */
const OWNERS: readonly LabOwner[] = [TEST_RUN, SANDBOX];

/** The kind of process for which a lab was created, if that process has ended without taking the lab down. */
export const abandonedBy = (lab: string): LabOwner | undefined => OWNERS.find((owner) => isAbandoned(owner, lab));

/** True if a lease file which no process holds is still needed: there are labs for which it is the lease. */
export const isNeededLease = (path: string): boolean =>
  OWNERS.some((owner) => owner.labs().some((lab) => owner.leaseOf(lab) === path));
