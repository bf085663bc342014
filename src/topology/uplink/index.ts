export { hostState, type HostParts } from './host.ts';
export { labUplink, leadsOut } from './lab.ts';
export { noOpenPorts, nodeUplinkTable, OPEN_PORTS } from './node.ts';
export { BEFORE_NODES, hasWayOut, type Uplink, type UplinkGateways, uplinkSize, type UplinkUsers } from './plan.ts';
export { resolveUplink } from './resolve.ts';
