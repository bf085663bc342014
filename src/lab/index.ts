/**
 * Labs: networks of a topology brought up, looked at, changed and taken down; sandboxes; errors.
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
export { AbortError, CapabilityError, NetwrightError, UsageError } from '../base/error.ts';
export { SyscallError } from '../ffi/index.ts';
export type { ConnectOptions, FetchInit, WorkerOptions } from '../inside/index.ts';
export { NameError, type LookupOptions } from '../names/index.ts';
export { NetlinkError } from '../netlink/index.ts';
export type { NodeProcess } from '../netns/index.ts';
export type { Operation } from '../plan/index.ts';
export type { LinkState, NamespaceState, NetworkState, RouteState, TableState } from '../model/index.ts';
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
export type { CheckOptions, CheckResult } from './check.ts';
export { clean, findStale, type CleanResult, type Stale } from './clean.ts';
export { doctor, type Finding } from './doctor/index.ts';
export { down, downAll, type DownOptions, type DownResult } from './down.ts';
export type { LabElsewhere } from './elsewhere.ts';
export { ElsewhereError, NotFoundError, OtherNamespaceError, PortTakenError, UnreadableError } from './error.ts';
export type { SetFirewallOptions } from './firewall.ts';
export { Lab } from './lab.ts';
export { list, type LabSummary, type NodeSummary } from './list.ts';
export { followLogs, logs, type FollowOptions, type LogLine, type LogOptions } from './logs.ts';
export type { NatConnection, NatMapping, NatView } from './nat.ts';
export type { ExecOptions, ExecResult } from '../netns/index.ts';
export { Node } from './node.ts';
export { planLab, type LabPlan, type PlanOptions } from './plan.ts';
export { listPublished, publish, unpublish, type Published, type PublishOptions } from './publish.ts';
export { restart, type RestartOptions } from './restart.ts';
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
export { processes, type LabProcesses, type ServiceStatus } from './services.ts';
export { snapshot, snapshotHost, type Snapshot, type SnapshotOptions } from './snapshot.ts';
export { TopologyFileError } from './topology-file.ts';
export type { UpOptions, UpResult } from './up.ts';
export type { InterfaceView, LabView, NamespaceView, NetworkView, NodeView, PortView, ProcessView } from './view.ts';
export { watch, type Repaired, type WatchEnd, type WatchOptions } from './watch.ts';
