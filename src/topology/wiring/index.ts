export { checkBridgePorts } from './bridge-ports.ts';
export { addressesOf, bridge, HOST_CONF, LOOPBACK_LINK, routedAddresses, ROUTER_CONF, veth } from './link-state.ts';
export { addressIn, hasUplink, type ModelInterface, type Segment, type WiredNode } from './model.ts';
export { refuseIpv6Addresses } from './checks.ts';
export { DEFAULT_MTU } from './networks.ts';
export {
  attachmentsKey,
  gatewayKey,
  IMPAIRMENTS,
  type LinkInput,
  linkSchema,
  mtuKey,
  networkInternetKey,
  nodeInternetKey,
  subnetKey,
} from './schema.ts';
export {
  firstOverlap,
  FreeAddresses,
  hostCount,
  specialAddress,
  specialInOwnNetwork,
  type Subnet,
  subnetOf,
} from './subnet.ts';
export { addressFault, destinationFault } from './special-networks.ts';
export { type Wiring, wire } from './wire.ts';
