/** Labs: brings the networks of a topology up, inspects, checks and changes them, and removes them. */
export { check, type CheckOptions, type CheckResult } from './check.ts';
export { clean, type CleanResult, findStale, type Stale, survey } from './clean.ts';
export { down, downAll, downSync, downEach, type DownOptions, type DownResult } from './down.ts';
export { readFirewall, type SetFirewallOptions } from './firewall.ts';
export { Lab } from './lab.ts';
export { type LabSummary, list, type NodeSummary } from './list.ts';
export { followLogs, type FollowOptions, type LogLine, type LogOptions, logs } from './logs.ts';
export { type NatConnection, type NatMapping, natOf, type NatView } from './nat.ts';
export { Node } from './node.ts';
export { type LabPlan, observeLab, planLab, type PlanOptions } from './plan.ts';
export { listPublished, publish, type Published, type PublishOptions, unpublish } from './publish.ts';
export { restart, type RestartOptions } from './restart.ts';
export { type LabProcesses, processes, type ServiceStatus } from './services.ts';
export { type Snapshot, snapshot, snapshotHost, type SnapshotOptions } from './snapshot.ts';
export { up, type UpOptions, type UpResult } from './up.ts';
export {
  type InterfaceView,
  type LabView,
  type NamespaceView,
  type NetworkView,
  type NodeView,
  type PortView,
  type ProcessView,
  view,
} from './view.ts';
export { type Repaired, watch, type WatchEnd, type WatchOptions } from './watch.ts';
