import { isAbandoned, type LabOwner } from './lease.ts';
import { SANDBOX } from './sandbox.ts';
import { TEST_RUN } from './test-run.ts';

/** All kinds of processes that labs are made for. */
const OWNERS: readonly LabOwner[] = [TEST_RUN, SANDBOX];

/** The kind of process that a lab was made for, when that has ended without taking it down. */
export const abandonedBy = (lab: string): LabOwner | undefined => OWNERS.find((owner) => isAbandoned(owner, lab));

/** Whether the file of a lease, which nobody holds, still says of labs that are there whose they are. */
export const isNeededLease = (path: string): boolean =>
  OWNERS.some((owner) => owner.labs().some((lab) => owner.leaseOf(lab) === path));
