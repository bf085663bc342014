export { hostState, type HostParts } from './host.ts';
export { labUplink, allowsOutbound } from './lab.ts';
export { emptyOpenPorts, nodeUplinkTable, OPEN_PORTS } from './node.ts';
export {
  ADDRESSES_BEFORE_NODES,
  hasUplinkFor,
  type Uplink,
  type UplinkGateways,
  uplinkSize,
  type UplinkUsers,
} from './plan.ts';
export { resolveUplink } from './resolve.ts';
