export { ID_PROGRAMS, rootlessFacts, type RootlessFacts, UPLINK_PROGRAMS } from './facts.ts';
export { hostAddresses } from './host-addresses.ts';
export { refusalOf } from './refusal.ts';
export { uplinkRefusal } from './uplink-refusal.ts';
export { HOST_ETC, hasIpv6Uplink, isRootless, requireUplink, UPLINK_RESOLVER, UPLINK_SUBNET } from './inside.ts';
export { setUp } from './set-up.ts';
export {
  continueInside,
  canCreateUserNamespace,
  enterTemporary,
  enterUserNamespace,
  isUnprivileged,
  joinUserNamespace,
} from './enter.ts';
export { ROOT_ONLY_MAPPING, unshareCommand } from './holder.ts';
export { SET_UP, CONTINUE, WITH_DESCRIPTORS, LEAVE, LOOPBACK } from './internal-commands.ts';
export { startLoopbackRelay, serveLoopback, socketPaths, useLoopbackRelay } from './loopback.ts';
