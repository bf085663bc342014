/**
 * Network namespaces: find, create, pin under /run/netns and enter them, and run programs in them:
 * network_namespaces(7), ip-netns(8).
 *
 *     const fd = openNamespace('shop.web');
 *     using socket = within(fd, () => NetlinkSocket.open(NETLINK_ROUTE));    // stays there; `within` is synchronous
 */
export { targetStat } from './etc.ts';
export {
  type LabMountNamespace,
  isOnlyProcessInMounts,
  isUpInInitMounts,
  OtherMountNamespaces,
  propagatesToInit,
} from './mount-namespaces.ts';
export { become, becomeIn } from './become.ts';
export { visitNamespaces, within, withinMounts, withinUts, type NamespaceVisit } from './visit.ts';
export { findNamespace, KeptNamespace, openNamespace, openOwnNamespace } from './namespace.ts';
export { isNamespace, listNamespaces, namespaceInode, type NamedNamespace } from './nsfs.ts';
export { hasLabFolders, isAlive, isLabNamespace, labNames, labNamespaces, unmountedFolders } from './labs.ts';
export { openPingRange } from './ping-range.ts';
export { arrangeMounts, makeMounts, mountsVersion } from './mounts.ts';
export { spawnIn } from './process.ts';
export { endAll, processesIn, processesOf, signalProcess, type NodeProcess, type StopPolicy } from './processes.ts';
export { readableOf } from './pipe-streams.ts';
export { runIn, type ExecOptions, type ExecResult } from './run.ts';
export { closeNodeNamespaces, openNodeNamespaces, type NodeNamespaces } from './node-namespaces.ts';
export {
  checkName,
  isName,
  makeDirectory,
  namespacePath,
  NETNS_DIRECTORY,
  NETNS_ETC_DIRECTORY,
  RUN_DIRECTORY,
} from './paths.ts';
export { linkTarget, LabMounts } from './lab-mounts.ts';
export { moveThreadTo } from './thread.ts';
export { withSocketIn } from './socket-in.ts';
export {
  environmentOf,
  idRanges,
  lastGroup,
  processIds,
  processName,
  type ProcessStat,
  selfAndAncestors,
  socketsOf,
  statOf,
  waitingSockets,
} from '../proc/index.ts';
