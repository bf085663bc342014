export { compileRoutes } from './compile.ts';
export { type Gateways, gatewaysOf } from './gateways.ts';
export { readBackRoutes } from './read-back.ts';
export { type ModelRoute, refuseIpv6Routes, resolveRoutes } from './resolve.ts';
export { routesKey } from './schema.ts';
