export { describeLedAway, findLedAway, foreseeLedAway } from './led-away.ts';
export { refuseMachineSettings } from './machine-settings.ts';
export { requireHostHere } from './namespace.ts';
export { hasLinkOnHost, HOST_LOCK, hostParts, lockHost, refuseTakenOnHost } from './parts.ts';
export { hostNames, hostResolver } from './resolver.ts';
export { uplinkRange } from './uplink-range.ts';
export { chooseUplink } from './uplink.ts';
export { findForwardBlockers, hostForwardBlockers, type ForwardBlocker } from './forward.ts';
export { OtherNamespaceError } from './error.ts';
