/**
 * Readers of files of the kernel: /proc, control groups, file locks; and the search for programs in PATH. There is one
 * reader for each file, for all of Netwright. Parsing is in functions of text, which behave the same on every host.
 */
export { cgroupControllers, cgroupMount, ownCgroup } from './cgroup.ts';
export { argumentsOf, commandOf, environmentOf } from './command-line.ts';
export { descriptorPath, descriptorTarget, ownDescriptors, socketsOf } from './descriptors.ts';
export { majorOf, minorOf } from './device-number.ts';
export { idRanges, inInitialUserNamespace, lastGroup, type IdRange } from './id-map.ts';
export { kernelHasIpv6, kernelIsAtLeast, kernelRelease, lastCapability } from './kernel.ts';
export { limitOf } from './limits.ts';
export { isFileAt, isUnlocked, LockFile, tryLock, type LockMode } from './lock-file.ts';
export { isFlocked, lockersOf } from './locks.ts';
export { mountinfoOf, mountOf, mountsBelow, parseMountinfo, reachableMounts, type Mounted } from './mountinfo.ts';
export { namespaceFile, namespaceOf, ownNamespace, threadNamespaces } from './namespaces.ts';
export { localAddresses4, localAddresses6 } from './net-addresses.ts';
export { netFolder } from './net-table.ts';
export { iptablesTables } from './net-iptables.ts';
export { hasDefaultRoute } from './net-routes.ts';
export { kernelHasSctp, sctpSockets, socketOnPort, waitingSockets, type WaitingSocket } from './net-sockets.ts';
export { unixSocketsOf, unixTable } from './net-unix.ts';
export { originalBytes, ownDirectory } from './original-bytes.ts';
export {
  CAP_NET_ADMIN,
  CAP_NET_RAW,
  CAP_SYS_ADMIN,
  CAP_SYS_CHROOT,
  hasCapabilities,
  hasPrivilege,
  isRoot,
  requirePrivilege,
} from './privilege.ts';
export { processIds, processName, processOwner, processRoot } from './processes.ts';
export { findProgram, programInPath } from './program.ts';
export { readText } from './read.ts';
export { hasEnded, selfAndAncestors, statOf, type ProcessStat } from './stat.ts';
export { statusOf } from './status.ts';
export { numericSysctl, readSysctl, writeSysctl } from './sysctl.ts';
export { terminalDrivers, type TerminalDriver } from './terminals.ts';
export { explainUnwritable, remedyFor } from './unwritable.ts';
