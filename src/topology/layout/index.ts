export { layoutOf, type LayoutSource } from './layout.ts';
export { type FoundEnd, type FoundNode, type FoundSegment, hasInternet, type Layout, publishes } from './model.ts';
export { bridgeAddresses, impliedSubnets, writtenAddresses } from './subnets.ts';
