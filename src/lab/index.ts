export { AddressError, type Cidr, type Ip, type Mac } from '../addr/index.ts';
export { ApplyError, LockedError, NameTakenError } from '../apply/index.ts';
export { CapabilityError, NetwrightError, UsageError } from '../base/error.ts';
export { SyscallError } from '../ffi/index.ts';
export { NetlinkError } from '../netlink/index.ts';
export type { Operation } from '../plan/index.ts';
export type { LinkState, NamespaceState, NetworkState, RouteState, TableState } from '../model/index.ts';
export { TopologyError, type Expectation, type TopologyInput, type TopologyIssue } from '../topology/index.ts';
export { DecodeError, EncodeError } from '../wire/index.ts';
export type { CheckOptions, CheckResult } from './check.ts';
export { clean, findStale, type CleanResult, type Stale } from './clean.ts';
export { doctor, type Finding } from './doctor/index.ts';
export { down, downAll, type DownOptions, type DownResult } from './down.ts';
export { NotFoundError } from './error.ts';
export { Lab } from './lab.ts';
export { list, type LabSummary, type NodeSummary } from './list.ts';
export { Node, type ExecOptions, type ExecResult } from './node.ts';
export { planLab, type LabPlan } from './plan.ts';
export type { NodeProcess } from './processes.ts';
export {
  Sandbox,
  sandbox,
  type Denial,
  type Isolation,
  type Launched,
  type Limits,
  type SandboxOptions,
  type SandboxRunOptions,
} from './sandbox/index.ts';
export { snapshot, snapshotHost, type Snapshot } from './snapshot.ts';
export type { UpOptions, UpResult } from './up.ts';
export type { LabView } from './view.ts';
export { watch, type Repaired, type WatchEnd, type WatchOptions } from './watch.ts';
