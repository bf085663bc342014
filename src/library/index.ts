/**
 * Labs: brings the networks of a topology up, inspects, checks and changes them, and removes them. Also sandboxes and
 * errors.
 *
 *     await using lab = await Lab.up('shop.yaml');
 *     const { stdout } = await lab.node('web').exec('ip', ['-brief', 'address']);
 */
export { AddressError, type Cidr, type Ip, type Mac } from '../addr/index.ts';
export {
  ApplyError,
  LockedError,
  LockFileError,
  NameTakenError,
  ServiceError,
  StillThereError,
} from '../apply/index.ts';
export { AbortError, CapabilityError, NetwrightError, UsageError } from '../base/index.ts';
export { SyscallError } from '../ffi/index.ts';
export type { ConnectOptions, FetchInit, WorkerOptions } from '../inside/index.ts';
export { NameError, type LookupOptions } from '../names/index.ts';
export { NetlinkError } from '../netlink/index.ts';
export type { NodeProcess } from '../netns/index.ts';
export type { Operation } from '../plan/index.ts';
export type { LinkState, NamespaceState, NetworkState, ObservedRoute, RouteState, TableState } from '../state/index.ts';
export type { ListenOptions, UdpOptions } from '../sockets/index.ts';
export {
  TopologyError,
  type Expectation,
  type FirewallChainView,
  type FirewallInput,
  type FirewallRuleView,
  type FirewallView,
  type TopologyInput,
  type TopologyIssue,
} from '../topology/index.ts';
export { DecodeError, EncodeError } from '../wire/index.ts';
export { doctor, type Finding } from '../doctor/index.ts';
export type { LabInOtherMounts } from '../store/index.ts';
export { OtherNamespaceError } from '../host/index.ts';
export { PortTakenError } from '../publish/index.ts';
export { OtherMountNamespaceError, NotFoundError, UnreadableError } from '../store/index.ts';
export type { ExecOptions, ExecResult } from '../netns/index.ts';
export {
  Sandbox,
  sandbox,
  type Denial,
  type Isolation,
  type Launched,
  type Limits,
  type SandboxOptions,
  type SandboxRunOptions,
} from '../sandbox/index.ts';
export { TopologyFileError } from '../store/index.ts';
export {
  type CheckOptions,
  type CheckResult,
  clean,
  type CleanResult,
  down,
  downAll,
  type DownOptions,
  type DownResult,
  findStale,
  followLogs,
  type FollowOptions,
  type InterfaceView,
  Lab,
  type LabPlan,
  type LabProcesses,
  type LabSummary,
  type LabView,
  list,
  listPublished,
  type LogLine,
  type LogOptions,
  logs,
  type NamespaceView,
  type NatConnection,
  type NatMapping,
  type NatView,
  type NetworkView,
  Node,
  type NodeSummary,
  type NodeView,
  planLab,
  type PlanOptions,
  type PortView,
  processes,
  type ProcessView,
  publish,
  type Published,
  type PublishOptions,
  type Repaired,
  restart,
  type RestartOptions,
  type ServiceStatus,
  type SetFirewallOptions,
  snapshot,
  type Snapshot,
  snapshotHost,
  type SnapshotOptions,
  type Stale,
  unpublish,
  type UpOptions,
  type UpResult,
  watch,
  type WatchEnd,
  type WatchOptions,
} from '../lab/index.ts';
