/** What must end with a process: its labs, by leases, and its programs, by control groups. */
export { removeAbandoned, type LabOwner, type Lease } from './lease.ts';
export { endLimits, LimitGroup, type Limits } from './limits.ts';
export { abandonedBy, isNeededLease } from './owners.ts';
export { BOX, leaseSandbox, SANDBOX, sandboxName } from './sandbox.ts';
export { leaseTestRun, TEST_RUN, testLabName, testRunId } from './test-run.ts';
