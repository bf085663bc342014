export { ID_PROGRAMS, rootlessFacts, type RootlessFacts, UPLINK_PROGRAMS } from './facts.ts';
export { machineAddresses } from './machine.ts';
export { refusalOf } from './refusal.ts';
export { wayOut } from './way-out.ts';
export { ETC_BEFORE, hasIpv6WayOut, inWorld, requireUplink, UPLINK_RESOLVER, UPLINK_SUBNET } from './world.ts';
